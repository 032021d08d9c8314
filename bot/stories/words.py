"""Shipped word tables of the story decisions: stop words, spellings that mean the same, watch words, things with names, stages.

Written by hand from general knowledge of English news; no entry stands here for the sake of one article. A change of any
table changes the model's version by itself (it holds a digest of them), so stored decisions say which tables made them.
Entries are lower case; tables of stems are built by ``tokens`` and ``model`` so that the stemmer stays in one place.
"""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP = _set(
    """
    a about above after again against all also am an and any are aren as at be because been before being below between both
    but by can cannot could couldn did didn do does doesn doing don down during each few for from further get gets got had
    hadn has hasn have haven having he her here hers herself him himself his how i if in into is isn it its itself just let ll
    may me might more most must my myself no nor not now of off on once only or other our ours out over own re s same say says
    said she should shouldn so some such t than that the their theirs them themselves then there these they this those through
    to too under until up upon us ve very was wasn we were weren what when where which while who whom whose why will with won
    would wouldn wont dont doesnt isnt cant you your yours via per amid among within without
    """
)
"""English words that say nothing about what a text is about."""

NUMBERS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "first": "1st", "second": "2nd", "third": "3rd",
    "fourth": "4th", "fifth": "5th",
}  # fmt: skip
"""Spelled numbers and their figures."""

MONTHS = _set(
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
WEEKDAYS = _set("monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun")

COUNTRIES = {
    "afghanistan": "afghan", "argentina": "argentine argentinian", "australia": "australian", "austria": "austrian",
    "bangladesh": "bangladeshi", "belarus": "belarusian", "belgium": "belgian", "brazil": "brazilian",
    "britain": "british uk briton", "bulgaria": "bulgarian", "canada": "canadian", "chile": "chilean", "china": "chinese",
    "colombia": "colombian", "croatia": "croatian", "cuba": "cuban", "cyprus": "cypriot", "czechia": "czech",
    "denmark": "danish", "ecuador": "ecuadorian", "egypt": "egyptian", "england": "english", "estonia": "estonian",
    "ethiopia": "ethiopian", "europe": "eu european", "finland": "finnish", "france": "french", "germany": "german",
    "ghana": "ghanaian", "greece": "greek", "hungary": "hungarian", "iceland": "icelandic", "india": "indian",
    "indonesia": "indonesian", "iran": "iranian", "iraq": "iraqi", "ireland": "irish", "israel": "israeli",
    "italy": "italian", "jamaica": "jamaican", "japan": "japanese", "jordan": "jordanian", "kazakhstan": "kazakh",
    "kenya": "kenyan", "kuwait": "kuwaiti", "latvia": "latvian", "lebanon": "lebanese", "libya": "libyan",
    "lithuania": "lithuanian", "malaysia": "malaysian", "mexico": "mexican", "morocco": "moroccan", "myanmar": "burmese",
    "nepal": "nepalese nepali", "netherlands": "dutch", "nigeria": "nigerian", "norway": "norwegian", "pakistan": "pakistani",
    "peru": "peruvian", "philippines": "filipino philippine", "poland": "polish", "portugal": "portuguese", "qatar": "qatari",
    "romania": "romanian", "russia": "russian", "rwanda": "rwandan", "scotland": "scottish", "serbia": "serbian",
    "singapore": "singaporean", "slovakia": "slovak", "slovenia": "slovenian", "somalia": "somali", "spain": "spanish",
    "sudan": "sudanese", "sweden": "swedish", "switzerland": "swiss", "syria": "syrian", "taiwan": "taiwanese",
    "tanzania": "tanzanian", "thailand": "thai", "tunisia": "tunisian", "turkey": "turkish", "uganda": "ugandan",
    "ukraine": "ukrainian", "venezuela": "venezuelan", "vietnam": "vietnamese", "wales": "welsh", "yemen": "yemeni",
    "zambia": "zambian", "zimbabwe": "zimbabwean",
}  # fmt: skip
"""A country, or a union of them, and the words for what is of it. The United States are left out: their news seldom says so."""

SAME = {
    "tech": "technology", "uses": "use", "used": "use", "using": "use", "face": "facial", "cops": "police", "cop": "police",
    "policing": "police", "councillor": "councilor", "licence": "license", "centre": "center", "programme": "program",
    "organisation": "organization", "defence": "defense", "cam": "camera", "cams": "camera", "video": "footage",
    "videos": "footage", "legislator": "lawmaker", "legislators": "lawmaker", "lawmakers": "lawmaker", "mulls": "consider",
    "mulling": "consider", "mull": "consider", "eyes": "consider", "weighs": "consider", "weighing": "consider",
    "considering": "consider", "bars": "ban", "barred": "ban", "barring": "ban", "outlaw": "ban", "outlaws": "ban",
    "outlawed": "ban", "prohibit": "ban", "prohibits": "ban", "prohibited": "ban", "banned": "ban", "banning": "ban",
    "halts": "halt", "halting": "halt", "pauses": "halt", "pause": "halt", "pausing": "halt", "paused": "halt",
    "suspend": "halt", "suspends": "halt", "suspending": "halt", "suspended": "halt", "suspension": "halt",
    "moratorium": "halt", "acquires": "buy", "acquire": "buy", "acquired": "buy", "acquisition": "buy", "buys": "buy",
    "buying": "buy", "bought": "buy", "purchases": "buy", "purchased": "buy", "purchase": "buy", "lawsuit": "sue",
    "sues": "sue", "sued": "sue", "suing": "sue", "deploys": "deploy", "launches": "launch", "unveils": "launch",
    "unveil": "launch", "unveiled": "launch", "fined": "fine", "fines": "fine", "dies": "die", "died": "die", "dead": "die",
    "dying": "die", "death": "die", "killed": "kill", "kills": "kill", "killing": "kill", "arrested": "arrest",
    "arrests": "arrest", "won": "win", "wins": "win", "voted": "vote", "votes": "vote", "chief": "ceo", "boss": "ceo",
}  # fmt: skip
"""Words of news English that stand for one another, as their headline form. Small on purpose: a wrong pair merges stories."""

WATCH = _set(
    """
    facial face recognition recognize police policing law enforcement officer cop surveillance surveil surveilled spy spying
    camera cctv footage video image biometric biometrics technology tech software system tool ai artificial intelligence
    algorithm machine learning privacy data ban banning halt prohibit moratorium regulate regulation regulator rule
    legislation lawmaker bill rights civil liberty use using used user public government agency department federal city state
    national company firm program database scan scanner identify identification drone license plate reader tracking track
    monitor monitoring concern security people new world
    """
)
"""The domain's own frequent words: in a stream about surveillance they say nothing about sameness."""

# Kinds of named things: two titles that each name something of one kind, and share none, tell of two events.
COMPANIES = _set(
    """
    adobe airbnb alibaba alphabet amazon anduril anthropic apple axon axis baidu banjo bosch bytedance clearview cellebrite
    cisco comcast cognitec dahua dataminr deepmind dell disney ebay facebook flock fogdog google grayshift hikvision honeywell
    huawei ibm idemia intel kroger lenovo linkedin lockheed lyft mastercard meta microsoft mobileye motorola nec netflix nokia
    nvidia openai oracle palantir panasonic paypal pinterest qualcomm reddit ring samsung sensetime shotspotter siemens
    snapchat sony spotify starbucks target tencent tesla thales tiktok tmobile twitter uber verizon verkada vigilant visa
    vodafone walmart whatsapp wyze xiaomi yahoo yandex yitu youtube zoom
    """
)
CITIES = _set(
    """
    albuquerque amsterdam atlanta austin baltimore bangkok barcelona beijing belfast berlin birmingham boston brookline
    brussels budapest buenos buffalo cairo cambridge cardiff charlotte chicago cincinnati cleveland copenhagen dallas delhi
    denver detroit dhaka dresden dubai dublin easthampton edinburgh frankfurt fresno geneva glasgow hamburg hartford helsinki
    honolulu houston indianapolis istanbul jackson jakarta jersey johannesburg kyiv lagos leeds leicester lisbon liverpool
    london louisville lyon madison madrid manchester manila melbourne memphis miami milan milwaukee minneapolis
    montreal moscow mumbai munich nairobi naples nashville newark northampton nottingham oakland omaha orlando osaka oslo
    ottawa oxford paris perth philadelphia phoenix pittsburgh portland prague raleigh richmond rochester rome rotterdam
    sacramento seattle seoul shanghai sheffield shenzhen somerville springfield stockholm sydney syracuse tampa tehran tokyo
    toronto tucson tulsa vancouver vienna warsaw wellington zurich
    """
)
STATES = _set(
    """
    alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho illinois indiana iowa kansas
    kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada ohio
    oklahoma oregon pennsylvania tennessee texas utah vermont virginia wisconsin wyoming ontario quebec alberta queensland
    bavaria catalonia
    """
)
AGENCIES = _set(
    "cbp cdc cia darpa dea dhs europol faa fbi fcc ftc gchq ice interpol irs met mi5 nist nsa nypd lapd ssa tsa uscis usda"
)
CHAMBERS = _set("house senate assembly bundestag commons lords")
PERSONS = _set("man woman boy girl teenager couple")

NAME_STARTS = _set("san los las new santa st saint fort el north south west east salt white hong kansas united puerto rio tel abu")
"""First words of names of two words: alone they name nothing."""

NO_NAMES = _set(
    """
    ai ceo cfo cto tv gps cctv it pr hr faq usa us vr ar nlp ml iot pc api cagr dna id council city county state district
    school board department dept court committee commission government police university college parliament house congress
    senate assembly president mayor governor minister senator senators rep reps sen sens chief bill act law judge officials
    lawmakers airport
    """
)
"""Words written with a capital that name no one thing: abbreviations, offices, institutions."""

INSTITUTIONS = _set("council police sheriff mayor schools school board airport hospital university stadium library prosecutor")
"""What a town has one of: with another name before it, it is another one."""
BETWEEN = _set("city county town district state school")
"""Words between the name and its institution ("Harbour City council")."""

STAGES = {
    "extend": "extend extends extended extending extension renew renews renewed renewing renewal prolong prolongs prolonged "
    "indefinitely",
    "appeal": "appeal appeals appealed appealing",
    "reverse": "lift lifts lifted lifting overturn overturns overturned repeal repeals repealed reverse reverses reversed reversal "
    "rescind rescinds rescinded void voids annul annuls annulled dismiss dismisses dismissed dismissal backtrack backtracks "
    "override overrides overrode overridden",
    "resume": "resume resumes resumed resuming reinstate reinstates reinstated restore restores restored",
    "delay": "delay delays delayed delaying postpone postpones postponed",
    "amend": "amend amends amended amending amendment revise revises revised",
    "refund": "refund refunds refunded compensation",
    "sue": "sue sues sued suing lawsuit lawsuits",
    "charge": "charged indict indicts indicted indictment pleads",
    "trial": "jury jurors verdict convicted acquitted sentenced testify testifies testified",
    "settle": "settle settles settled settlement",
    "block": "block blocks blocked blocking thwart thwarts thwarted",
    "veto": "veto vetoes vetoed",
    "resign": "resign resigns resigned resignation ousted sacked",
    "fire": "fired terminated",
    "clear": "cleared exonerated",
    "free": "freed",
    "award": "awards awarded",
}
"""What happens to an earlier event: a title at such a stage is another event than a text that tells nothing of it. No verb
stands here that may tell the first event itself in other words (drop and end, halt and suspend): those are ``ENDS``."""

TALK = {
    "respond": "respond responds responded responding response react reacts reacted reaction criticise criticises criticised "
    "criticize criticizes criticized condemn condemns condemned denounce denounces denounced slam slams slammed blast blasts "
    "blasted demand demands demanded urge urges urged warn warns warned protest protests protested welcomes welcomed praise "
    "praises praised",
    "probe": "investigate investigates investigated investigating investigation probe probes probed inquiry",
}
"""What people do about an earlier event: another event than the deed itself, if it stands before any deed in the title."""

ALSO = {
    "extend": "long continue keep further",
    "appeal": "higher",
    "reverse": "undo end drop withdraw throw toss strike scrap cancel again",
    "resume": "again return back restart",
    "delay": "later wait defer hold",
    "amend": "change update new",
    "sue": "suit court legal complaint plaintiff class action accuse allege judge attorney lawyer file challenge tribunal",
    "charge": "prosecutor court accuse arrest plead guilty",
    "trial": "trial court judge test pilot jail prison sentence",
    "settle": "pay deal agree settlement",
    "block": "reject strike against refuse stop deny prevent halt ban fail veto throw toss",
    "veto": "reject block sign",
    "resign": "quit leave step fire oust replace sack",
    "fire": "dismiss sack oust remove job resign",
    "clear": "exonerate no acquit",
    "free": "release jail prison innocent wrongful wrongly",
    "award": "contract win pick choose select award grant buy purchase sign",
    "ruling": "rule ruling order verdict uphold block strike dismiss unlawful illegal decide decision lawful",
    "respond": "criticism critic campaign letter petition pressure oppose opposition outcry backlash condemnation appeal fire fury",
    "probe": "review look examine audit watchdog question",
    "study": "study audit report research researcher survey analysis university test find found paper",
}
"""Words that tell of the same stage where they do not name it themselves."""

STARTS = _set(
    """
    install installs installed installing buy buys bought buying purchase purchases purchased acquire acquires acquired launch
    launches launched unveil unveils unveiled deploy deploys deployed deploying adopt adopts adopted introduce introduces
    introduced begin begins began start starts started sign signs signed rolls expand expands expanded sue sues sued
    """
)
ENDS = _set(
    """
    end ends ended ending drop drops dropped dropping cancel cancels cancelled canceled cancelling scrap scraps scrapped withdraw
    withdraws withdrew withdrawn remove removes removed removing removal stop stops stopped stopping abandon abandons abandoned
    ditch ditches axe axes quit quits
    """
)
"""Deeds that begin something and deeds that end it: a title with one is no report of an event told only with the other."""

DEEDS = _set(
    """
    halt halts halted halting suspend suspends suspended suspending pause pauses paused ban bans banned banning prohibit prohibits
    outlaw outlaws reject rejects rejected approve approves approved allow allows allowed passes passed get gets uses used votes
    voted tracked puts sells sold
    """
)
"""Further deeds that people talk about."""

GRANTS = _set(
    """
    approve approves approved approving pass passes passed adopt adopts adopted back backs backed endorse endorses endorsed
    advance advances advanced greenlight greenlights greenlit ratify ratifies ratified okays okayed
    """
)
REFUSES = _set(
    """
    reject rejects rejected rejecting refuse refuses refused fail fails failed defeat defeats defeated decline declines declined
    kill kills killed
    """
)
DEFERS = _set("table tables tabled delay delays delayed postpone postpones postponed defer defers deferred shelve shelves shelved")
KEEPS = _set("keep keeps kept keeping retain retains retained stay stays stayed continue continues continued")
"""What a body decides, and whether something stays: two headlines that answer one question in two ways tell of two decisions."""
UNDOING = _set("ban moratorium prohibition limits restrictions curbs pause freeze halt repeal removal end ending cancel scrap drop")
"""What may be the object of such a decision and turns what it comes to: whoever rejects a ban lets things go on."""
FORBIDS = _set(
    "bans banned banning prohibits prohibited outlaws outlawed halts halted suspends suspended pauses paused disables disabled"
)
"""Deeds that end something without saying so."""

TOLL = _set("dead killed injured hurt wounded missing arrested detained arrests deaths injuries")
"""What reports of one event count, each with the count of its hour: such a figure tells no two events apart."""

DENIALS = _set(
    """
    not no against reject rejects rejected refuse refuses refused decline declines declined without deny denies denied wont fail
    fails failed
    """
)
"""Words that turn an extension or renewal into its end."""

OPENERS = _set(
    """
    breaking exclusive watch video update updated updates correction corrected just in developing report revealed photos
    pictures opinion analysis explainer
    """
)
"""Words that newsrooms put before or after a headline and that are no part of it."""

GENERIC_TITLES = _set(
    """
    news update updates untitled home homepage index article story post blog newsletter latest headlines breaking video photos
    press release announcement announcements links today welcome page not found error
    """
)
"""A title made of these words alone says nothing."""

FURNITURE = (
    "cookie", "subscribe to", "subscription", "subscriber", "ad blocker", "adblock", "sign up", "sign in", "log in", "newsletter",
    "javascript", "all rights reserved", "privacy policy", "terms of service", "advertising to", "let us know here", "your browser",
    "click here", "read more", "continue reading", "unlimited access", "already a member", "access to this page", "are you a robot",
)  # fmt: skip
"""Parts of sentences that come from the page and not from the article."""
