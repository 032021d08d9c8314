"""What surrounds an article on a saved page: adverts, notices, link lists, forms, credits. One question per function. Pure.

Patterns look at a single line, already cleaned, and name kinds of page furniture in several languages; none names a site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.text.language import STOP_WORDS, stop_share, words_of
from bot.text.wordset import word_set


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_WHOLE_LINE = _any(
    r"(?:advertise?ment|advertisements?|anzeige|werbung|publicité|publicidad|publicidade|pubblicità|advertentie|promoted|"
    r"sponsored)(?: content)?",
    r"(?:featured|related|recommended) (?:video|stories|story|articles?|links?|content|posts?)",
    r"(?:story|article) continues (?:below|after)(?: (?:this )?advertisement)?",
    r"(?:read|show|load|see|view|watch|learn) (?:more|all|less|now|the full story|full bio)(?: \w+){0,3}",
    r"(?:continue|keep) reading(?: ?[“\"‘].*|[^,;]*)|read (?:the )?(?:full|whole) (?:story|article).*|full (?:story|coverage)",
    r"skip to [\w ]+|jump to [\w ]+|back to top|go to (?:homepage|top|content)|scroll(?: down)?.{0,30}",
    r"(?:menu|home|search|close|open|play|pause|mute|unmute|loading|share|tweet|pin|pin it|email|e-mail|print|save|"
    r"copy link|link copied|copied|"
    r"next|previous|prev|back|more|live|replay|video|audio|photos?|gallery|subscribe|newsletters?|sign (?:in|up|out)|"
    r"log ?(?:in|out)|register|"
    r"my account|settings|follow|following|like|comment|comments|reply|report|tip|tips|donate|shop|jobs|about(?: us)?|"
    r"contact(?: us)?|"
    r"facebook|twitter|x|instagram|youtube|linkedin|whatsapp|telegram|reddit|pinterest|tiktok|mastodon|bluesky|threads|rss|"
    r"flipboard)",
    r"(?:share|tweet|post|send|save|print|follow|like|find)(?: (?:this|us|it|me|on|via|by|to|the|article|story|post|page|"
    r"with|a|friend|facebook|twitter|x|email|"
    r"whatsapp|linkedin|instagram|pocket|link)){1,6}",
    r"\d+ ?(?:min(?:ute)?s?)(?: read)?|(?:reading|read) time:? .{0,20}|\d+ (?:shares?|views?|likes?|comments?|replies|"
    r"followers)|(?:no|0) comments(?: yet)?",
    r"listen to (?:this )?(?:article|story).{0,40}|this article is (?:more than|over) .{0,30} old|"
    r"\d{1,2}:\d{2}(?::\d{2})?(?: ?/ ?\d{1,2}:\d{2})?",
    r"(?:enable|please enable) (?:javascript|cookies).*|your browser (?:does not|doesn.t) support .*|(?:photo|image|picture|"
    r"video|logo) of .{2,60}",
    r"just now|yesterday|today|\d+ (?:seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?) ago.{0,40}|[×✕xX+<>|"
    r"/\\•·…—–-]{1,3}",
    r"page \d+ of \d+|\d+ of \d+",
    r"(?:your )?(?:terms(?: (?:of (?:use|service|sale)|(?:and|&) conditions))?|privacy(?: (?:policy|notice|choices|settings|"
    r"statement))?|cookies?(?: (?:policy|"
    r"settings|preferences|notice))?|legal(?: notice)?|accessibility(?: statement)?|site ?map|imprint|impressum|"
    r"datenschutz(?:erklärung)?|mentions légales|"
    r"aviso legal|do not sell .{3,60})(?:\s*[|•·&,/–-].{0,120})?",
    r"(?:all rights reserved|alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|"
    r"todos os direitos reservados).{0,40}",
    r"view all [\w ]+|(?:apply|enter|join|subscribe|register|donate|download|sign up|buy|order|shop)(?: (?:now|today|here|"
    r"free|us|tickets))+!?",
)
_ANYWHERE = _any(
    r"^(?:©|\(c\)|copyright\b).{0,160}$",
    r"\ball rights reserved\b",
    r"\b(?:we|this (?:web)?site|our (?:site|website|partners|sites)|by continuing|you (?:agree|accept|consent)|"
    r"accept(?: all)?|utilizamos|usamos|"
    r"wir (?:verwenden|nutzen|setzen)|nous utilisons|utilizziamo|wij gebruiken|we gebruiken|diese (?:website|seite)|ce site|"
    r"este sitio|este site|"
    r"questo sito|caso não concorde)\b.{0,200}\bcookies?\b",
    r"\bcookies?\b.{0,200}\b(?:consent|preferences|our (?:site|website|partners|use of)|you (?:agree|accept|consent)|"
    r"your (?:device|browser|experience)|"
    r"você aceita|accetti|acepta|einverstanden|zustimm\w+|vous acceptez|akkoord)\b",
    r"^(?:sign up|subscribe|get|join|click here|if you (?:enjoyed|liked|value|like)|enjoying|want (?:more|to)|stay (?:up|"
    r"informed|in)|receive|never miss|don.t miss|"
    r"for more (?:news|stories|like|on this|information)|like (?:this|what)|delivered|melde dich|abonnieren|inscrivez|"
    r"abonnez|suscríbe|inscreva|assine|iscriviti).{0,220}"
    r"(?:\bnewsletters?\b|\binbox\b|\bsign up\b|\bsubscri\w+|\bmailing list\b|\bupdates\b|\balerts\b|\babonn\w+|\bboletín\b|"
    r"\bcorreo\b)",
    r"\b(?:sign up|subscribe) (?:for|to) (?:our|the|my|this) .{0,80}(?:newsletter|list|updates|channel|podcast|briefing)",
    r"^your e-?mail address will not be published|required fields are marked|^save my name,? e-?mail|^notify me of (?:new|"
    r"follow)|^leave a (?:reply|comment)|"
    r"^you must be (?:logged|signed) in|^log in to (?:reply|comment)|^this site uses akismet",
    r"^(?:support|help) (?:us|our|independent|quality|local)\b.{0,160}(?:donat|contribut|member|journalis|subscri|reader)",
    r"^(?:please )?(?:donate|become a (?:member|supporter|patron)|make a (?:donation|contribution)|thank you for reading|"
    r"thanks for reading)\b",
    r"^(?:follow|like|find|contact|reach|e-?mail) (?:us|me|him|her|them|the author) (?:on|at|via|by)\b|^(?:follow|e-?mail|"
    r"contact|reach) .{2,60}@",
    r"^(?:this (?:website|site|page) (?:is|uses|requires|may)|reproduction (?:of|in)|reprinted with permission|"
    r"no part of this)\b",
    r"^(?:download (?:our|the) app|get the app|available on (?:the app store|google play))",
    r"^(?:as an amazon associate|we may earn|this post (?:may )?contains? affiliate|when you (?:buy|purchase) through)",
    r"^(?:have|got) (?:a|any) (?:tip|story|question|news tip)s?\b.{0,160}$",
)
_RELATED = _any(
    r"(?:related|read|read more|read also|also read|read next|see also|see|more|watch|watch also|listen|must read|"
    r"don.t miss|up next|next|previously|earlier|"
    r"further reading|more on this|recommended|editor.s pick|trending|mehr zum thema|lesen sie auch|auch interessant|"
    r"lire aussi|à lire aussi|a lire|"
    r"à lire|lee también|lea también|también|leia também|leia mais|leggi anche|lees ook|(?:tags?|tagged|tagged with|topics?|"
    r"filed under|categor(?:y|ies)|"
    r"in this story|keywords|schlagworte|etiquetas|mots-clés))(?: (?:story|stories|article|articles|content|coverage|posts?|"
    r"with|in|on))?\s*[:：»>|].*",
)
_TAIL = _any(
    r"(?:more |other )?related(?: \w+){0,2}|read (?:more|next|also)|more (?:from|on|in|about|stories|news|articles|"
    r"headlines|like this|to read)\b.*",
    r"most (?:read|popular|viewed|shared|commented|recent)\b.*|trending\b.*|popular(?: \w+){0,3}|recommended(?: \w+){0,3}|"
    r"suggested(?: \w+){0,3}",
    r"(?:you|readers) (?:may|might) (?:also )?(?:like|enjoy|be interested).*|.* you (?:may|might) (?:also )?like|"
    r"people also (?:read|like).*",
    r"latest(?: \w+){0,3}|recent (?:posts|articles|stories|news|comments)|top (?:stories|news|headlines|posts|articles)|"
    r"editors?[’']?s? (?:picks?|choice)",
    r"what to read next|up next|next (?:article|up|story|post)|previous (?:article|story|post)|in other news|around the web|"
    r"from (?:around|our|the) .*",
    r"(?:\d+ )?(?:reader )?(?:comments?|responses?|replies|reader interactions)(?: ?\(\d+\))?|(?:leave|post|write|"
    r"add) a (?:reply|comment|response).*",
    r"join the (?:conversation|discussion).*|about the authors?.*|author bio|tagged with.*|tags|topics|filed under.*|footer|"
    r"newsletters?|"
    r"share this.*|follow us.*|see also|further reading|references|sources and further .*|promoted(?: \w+){0,2}|"
    r"sponsored(?: \w+){0,2}|subscribe.*|sign up.*",
    r"(?:free )?download(?:able|s)?\b.*|support (?:us|our)\b.*|contact us|about us|site map|categories|archives|navigation|"
    r"(?:primary )?sidebar|stay connected",
    r"mehr zum thema|meistgelesen.*|kommentare.*|weitere (?:artikel|themen|meldungen).*|das könnte sie auch interessieren|"
    r"auch interessant",
    r"(?:à )?lire aussi|sur le même (?:sujet|thème)|les plus lus|commentaires.*|articles (?:liés|similaires)|à la une",
    r"noticias relacionadas|lo más (?:leído|visto)|comentarios.*|te puede interesar|más noticias|leia (?:também|mais)|"
    r"notícias relacionadas|mais lidas",
    r"articoli correlati|leggi anche|potrebbe(?:ro)? interessarti|commenti|i più letti|lees ook|meest gelezen|reacties|"
    r"gerelateerd.*",
)
_COMMENTS = _any(
    r"\b(?:comments?|responses?|replies|reply|reader interactions|conversation|discussion|footer|newsletter|about the author)\b",
    r"\b(?:kommentare?|commentaires?|comentarios|comentários|commenti|reacties)\b|\ball rights reserved\b|©",
)
_CREDIT = _any(
    r"\(?(?:photo(?:graph)?s?|image|images|picture|pictures|illustration|graphic|video|foto|bild|imagen|crédit(?:s)?|credit|"
    r"credits|source|courtesy)\b"
    r"(?: (?:credit|courtesy|by|illustration|of))*\s*[:/|©].{1,100}",
    r"(?:photo(?:graph)?|image|picture|illustration|graphic|courtesy)s? (?:by|courtesy of|courtesy|via|from)\b.{1,80}",
    r".{0,80}\b(?:getty images?|shutterstock|istock(?:photo)?|unsplash|pixabay|adobe stock|alamy|depositphotos|file photo|"
    r"handout|creative commons|"
    r"wikimedia commons|flickr|cc by(?:-\w+)*)\b.{0,40}",
    r"\(?(?:ap|afp|reuters|epa|upi|dpa|ansa|efe|lusa|anp|bloomberg)(?: photo)?(?: ?/ ?.{2,60})?\)?",
    r"[^\W\d_][\w.'’-]+(?: [\w.'’-]+){0,4} ?/ ?[A-Z][\w.'’&-]*(?: [\w.'’&-]+){0,4}(?: via .{2,30})?",
)
_CAPTION_MARK = re.compile(
    r"\((?:photo|ap photo|image|picture|file|credit|foto|getty|reuters|afp|left|right|center|centre)\b|\b(?:pictured|"
    r"is seen|are seen|file photo|"
    r"in this (?:photo|image|picture|file)|photo by|photograph by|credit:)",
    re.IGNORECASE,
)
_EMBED = _any(
    r"pic\.twitter\.com/|https?://t\.co/",
    r"^(?:—|--|–) ?.{2,60}\(@\w{2,30}\)",
    r"^@\w{2,30}\b",
    r"^.{2,60} \(@\w{2,30}\)(?:\s|$)",
    r"^view (?:this|the) post on\b|^a post shared by\b|^see more (?:posts|tweets)\b|^replying to @|^retweeted by\b",
)
_BIO = re.compile(
    r"^(?:[A-ZÀ-Þ][\w.'’-]+ ){1,4}(?:is|was|covers|writes|reports|has (?:written|covered|reported|worked))\b.{0,120}"
    r"\b(?:reporter|editor|writer|journalist|correspondent|columnist|freelance\w*|contributor|author of|covers|covering|"
    r"fellow at|based in)\b"
)
_BYLINE = re.compile(
    r"^(?:by|written by|reported by|words by|story by|von|par|por|di|door)\s*:?\s+(?P<names>\S.{1,120})$", re.IGNORECASE
)
_NAME = re.compile(r"^[A-ZÀ-Þ][\w.'’-]*\.?(?: (?:[A-ZÀ-Þ][\w.'’-]*\.?|de|van|von|der|den|bin|al|la|le|da|di|el)){1,3}$")
_NOT_A_NAME = word_set(
    "news tech technology world local politics business police photo video staff department council city county court state",
    "university company press daily times post journal report opinion analysis science health sport sports live update breaking",
    "security privacy culture the home read more related street road avenue harbour harbor port",
)
_BULLET = re.compile(r"^(?:[•‣◦▪●○■□∙·*►▸»]|[-–—](?=\s))\s*")
_NUMBER = re.compile(r"^(?:\d{1,2}[.)]|\(\d{1,2}\))\s+")
_SENTENCE_END = re.compile(r"[.!?。！？؟।][\"'”’»›)\]]*(?:\s?\[?\d{0,2}\]?)?$")
_TEASER_END = re.compile(r"(?:…|\.\.\.)[\"'”’»)\]]*$")
_QUOTED_LONG = re.compile(r"[\"“„«]([^\"”“«»]{12,})[\"”“»]")
_POSTING = re.compile(
    r"\b(?:tweet(?:ed|s|ing)?|post(?:ed|s)?|wrote|shared|toot(?:ed)?|twitter|facebook|instagram|mastodon|bluesky|"
    r"threads)\b",
    re.IGNORECASE,
)


def is_bullet(line: str) -> bool:
    """Whether the line begins with a list mark."""
    return bool(_BULLET.match(line) or _NUMBER.match(line))


def without_bullet(line: str) -> str:
    """The line without its list mark."""
    return _BULLET.sub("", line, count=1).strip()


def is_junk(line: str) -> bool:
    """An advert, a button, a notice, a form, a newsletter line: never an article's words."""
    bare = without_bullet(line).strip(" :|›»>").rstrip(".") or line
    return bool(_WHOLE_LINE.fullmatch(bare) or _ANYWHERE.search(line) or _is_label(line, _RELATED))


def _is_label(line: str, pattern: re.Pattern[str]) -> bool:
    return len(line) <= 200 and bool(pattern.fullmatch(line))


def is_tail_heading(line: str) -> bool:
    """A heading of what follows an article: related stories, comments, the newsletter, the footer."""
    bare = without_bullet(line).strip(" :：|›»>!")
    return len(bare.split()) <= 9 and bool(_TAIL.fullmatch(bare))


def opens_comments(line: str) -> bool:
    """Whether what follows are readers' words or the foot of the page, never the article's."""
    return bool(_COMMENTS.search(line)) and len(line.split()) <= 9


def is_credit(line: str) -> bool:
    """A photo credit and nothing else."""
    return len(line.split()) <= 14 and not ends_sentence(line) and bool(_CREDIT.fullmatch(line))


def has_caption_mark(line: str) -> bool:
    """Whether the line says of itself that it describes a picture."""
    return len(line) <= 400 and bool(_CAPTION_MARK.search(line))


def is_bio(line: str) -> bool:
    """Whether the line presents an author."""
    return len(line) <= 500 and bool(_BIO.match(line))


def is_embed(line: str, before: str) -> bool:
    """Whether the line is somebody's post shown inside the article; ``before`` is the paragraph above it.

    A post gives itself away by its handles and links, or because the paragraph above quotes from it.
    """
    if _EMBED.search(line):
        return True
    if not _POSTING.search(before):
        return False
    if before.rstrip().endswith(":") and line[:1] not in '"“„«‘':
        return True
    flat = _flat(line)
    quotes = (_flat(quote) for quote in _QUOTED_LONG.findall(before))
    return line[:1] not in '"“„«' and any(quote.count(" ") >= 2 and quote in flat for quote in quotes)


def _flat(text: str) -> str:
    return " ".join(words_of(text))


def byline_names(line: str) -> tuple[str, ...]:
    """The names of ``By Ana Vale and Jo Quist, Staff Writers``; empty if the line is no byline."""
    found = _BYLINE.match(line)
    if found is None or ends_sentence(line):
        return ()
    parts = re.split(r"\s*(?:,|\||•|·|–|—|\band\b|\bund\b|\bet\b|\be\b|\by\b|&)\s*", found["names"])
    names = [part.strip() for part in parts if is_name(part.strip()) or part.strip().endswith(" Staff")]
    return tuple(names)


def is_byline(line: str) -> bool:
    """Whether the line begins like a byline and is no sentence."""
    return len(line.split()) <= 16 and bool(_BYLINE.match(line)) and not ends_sentence(line)


def is_name(line: str) -> bool:
    """Whether the line looks like one person's name."""
    return bool(_NAME.match(line)) and not any(word in _NOT_A_NAME for word in words_of(line))


def ends_sentence(line: str) -> bool:
    """Whether the line ends like a sentence; a teaser that is cut with an ellipsis does not."""
    return bool(_SENTENCE_END.search(line)) and not _TEASER_END.search(line)


def is_teaser(line: str) -> bool:
    """Whether the line is cut with an ellipsis."""
    return bool(_TEASER_END.search(line))


def is_prose(line: str, language: str | None, least_words: int) -> bool:
    """Whether the line is running text of ``language``: long enough, enough function words, the end of a sentence.

    A language without a word list (None) is judged by length and sentence end alone.
    """
    words = words_of(line)
    spaceless = sum(char >= "\u2e80" for char in line) > len(line) / 2
    if (len(line) < 2 * least_words if spaceless else len(words) < least_words) or not (ends_sentence(line) or line.endswith(":")):
        return False
    return language is None or spaceless or stop_share(words, language) >= _PROSE_SHARE


_PROSE_SHARE = 0.22
"""Function words in running text are 30 to 50 %; headlines and lists of names have fewer."""


def content_words(lines: Iterable[str], language: str | None) -> frozenset[str]:
    """Words that carry meaning: four letters or more and no function words; a plural or verb ending of one letter is dropped."""
    from_lines = (word for line in lines for word in words_of(line))
    stops = STOP_WORDS.get(language or "", frozenset())
    return frozenset(word.removesuffix("'s").rstrip("s") for word in from_lines if len(word) > 3 and word not in stops)
