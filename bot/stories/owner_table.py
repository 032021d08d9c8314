"""Which outlets have one owner, and which names agencies print: facts, as text, extended by a configuration's ``[owners]``.

Groups of news outlets whose titles belong to one company or public body, as these say on their own pages, known as of 2025; a
title that was sold lately stands nowhere. Never holds an opinion about an outlet, nor an outlet without a group.
"""

from __future__ import annotations

FAMILIES: dict[str, str] = {
    # North America: newspapers
    "usa today co": (
        "usatoday.com azcentral.com freep.com indystar.com jsonline.com tennessean.com desmoinesregister.com cincinnati.com "
        "dispatch.com democratandchronicle.com providencejournal.com palmbeachpost.com lohud.com northjersey.com app.com "
        "delawareonline.com courier-journal.com knoxnews.com commercialappeal.com clarionledger.com greenvilleonline.com "
        "citizen-times.com news-press.com naplesnews.com floridatoday.com pnj.com tallahassee.com jacksonville.com "
        "heraldtribune.com oklahoman.com beaconjournal.com savannahnow.com augustachronicle.com rgj.com desertsun.com "
        "vcstar.com statesmanjournal.com registerguard.com argusleader.com press-citizen.com lansingstatejournal.com "
        "postcrescent.com greenbaypressgazette.com heraldscotland.com theargus.co.uk thenorthernecho.co.uk dailyecho.co.uk "
        "thenational.scot oxfordmail.co.uk yorkpress.co.uk glasgowtimes.co.uk bournemouthecho.co.uk lancashiretelegraph.co.uk"
    ),
    "hearst": (
        "sfgate.com sfchronicle.com houstonchronicle.com chron.com expressnews.com mysanantonio.com timesunion.com "
        "ctinsider.com ctpost.com nhregister.com newstimes.com stamfordadvocate.com greenwichtime.com middletownpress.com "
        "seattlepi.com statesman.com dallasnews.com beaumontenterprise.com lmtonline.com wcvb.com kcra.com wbaltv.com wtae.com "
        "wlwt.com wmur.com wesh.com ketv.com kmbc.com"
    ),
    "advance local": (
        "masslive.com nj.com oregonlive.com cleveland.com al.com mlive.com syracuse.com pennlive.com silive.com "
        "lehighvalleylive.com gulflive.com"
    ),
    "alden": (
        "chicagotribune.com orlandosentinel.com sun-sentinel.com mcall.com courant.com nydailynews.com dailypress.com "
        "pilotonline.com mercurynews.com eastbaytimes.com denverpost.com ocregister.com dailynews.com twincities.com "
        "bostonherald.com sandiegouniontribune.com pe.com presstelegram.com"
    ),
    "mcclatchy": (
        "miamiherald.com sacbee.com kansascity.com charlotteobserver.com newsobserver.com star-telegram.com fresnobee.com "
        "thestate.com idahostatesman.com kentucky.com thenewstribune.com theolympian.com bradenton.com sunherald.com "
        "ledger-enquirer.com macon.com modbee.com sanluisobispo.com bellinghamherald.com tri-cityherald.com kansas.com bnd.com "
        "heraldonline.com islandpacket.com myrtlebeachonline.com mcclatchydc.com elnuevoherald.com"
    ),
    "lee enterprises": (
        "stltoday.com buffalonews.com omaha.com richmond.com tucson.com madison.com journalstar.com pantagraph.com qctimes.com "
        "billingsgazette.com missoulian.com helenair.com roanoke.com newsadvance.com tulsaworld.com siouxcityjournal.com "
        "wcfcourier.com journalnow.com greensboro.com nwitimes.com dailyprogress.com fredericksburg.com"
    ),
    "boston globe media": "bostonglobe.com boston.com statnews.com",
    "seattle times": "seattletimes.com yakimaherald.com union-bulletin.com",
    "block communications": "post-gazette.com toledoblade.com",
    "deseret": "deseret.com ksl.com",
    "new york times": "nytimes.com theathletic.com",
    "postmedia": (
        "nationalpost.com financialpost.com montrealgazette.com ottawacitizen.com calgaryherald.com edmontonjournal.com "
        "vancouversun.com theprovince.com torontosun.com leaderpost.com thestarphoenix.com windsorstar.com lfpress.com"
    ),
    "torstar": "thestar.com thespec.com therecord.com stcatharinesstandard.ca niagarafallsreview.ca",
    "quebecor": "journaldemontreal.com journaldequebec.com tvanouvelles.ca",
    # North America: broadcasters
    "comcast": (
        "nbcnews.com today.com nbcnewyork.com nbclosangeles.com nbcchicago.com nbcwashington.com nbcbayarea.com nbcboston.com "
        "nbcphiladelphia.com nbcmiami.com nbcdfw.com telemundo.com sky.com"
    ),
    "versant": "cnbc.com msnbc.com ms.now",
    "disney": "abcnews.go.com abcnews.com abc7.com abc7ny.com abc7news.com abc7chicago.com abc13.com abc11.com 6abc.com",
    "paramount": "cbsnews.com cbslocal.com",
    "fox": "foxnews.com foxbusiness.com fox5ny.com foxla.com fox32chicago.com fox29.com fox5dc.com fox4news.com livenowfox.com",
    "nexstar": "thehill.com newsnationnow.com wgntv.com ktla.com pix11.com kron4.com fox8.com kdvr.com wfla.com kxan.com",
    "tegna": (
        "khou.com wfaa.com king5.com 9news.com kare11.com wusa9.com 11alive.com wtsp.com kgw.com kens5.com abc10.com cbs8.com"
    ),
    "sinclair": "wjla.com komonews.com katu.com kutv.com foxbaltimore.com thenationaldesk.com",
    "scripps": ("abc15.com denver7.com wxyz.com wcpo.com kshb.com scrippsnews.com news5cleveland.com 10news.com abcactionnews.com"),
    "gray": "atlantanewsfirst.com azfamily.com wbtv.com wave3.com fox8live.com kwtx.com investigatetv.com",
    "cox media group": "wsbtv.com kiro7.com boston25news.com wftv.com wpxi.com wsoctv.com",
    "graham media": "click2houston.com clickondetroit.com ksat.com clickorlando.com news4jax.com wsls.com",
    "bell media": "ctvnews.ca cp24.com bnnbloomberg.ca",
    "cbc": "cbc.ca radio-canada.ca",
    "usagm": "voanews.com rferl.org rfa.org",
    # North America: magazines, technology, government, non-profits
    "conde nast": "wired.com arstechnica.com wired.co.uk newyorker.com vanityfair.com teenvogue.com",
    "vox media": "theverge.com vox.com nymag.com curbed.com eater.com sbnation.com recode.net",
    "ziff davis": "pcmag.com mashable.com cnet.com zdnet.com ign.com lifehacker.com",
    "penske": "variety.com hollywoodreporter.com rollingstone.com billboard.com deadline.com indiewire.com",
    "buzzfeed": "buzzfeed.com buzzfeednews.com huffpost.com",
    "yahoo": "yahoo.com aol.com engadget.com",
    "regent": "techcrunch.com csoonline.com computerworld.com infoworld.com cio.com networkworld.com macworld.com pcworld.com",
    "informa techtarget": (
        "darkreading.com informationweek.com techtarget.com computerweekly.com lightreading.com cybersecuritydive.com ciodive.com"
    ),
    "valnet": "polygon.com makeuseof.com xda-developers.com androidpolice.com howtogeek.com screenrant.com cbr.com",
    "e.republic": "govtech.com governing.com",
    "scoop news group": "cyberscoop.com statescoop.com fedscoop.com edscoop.com defensescoop.com",
    "govexec": "govexec.com nextgov.com defenseone.com route-fifty.com washingtontechnology.com fcw.com",
    "calmatters": "calmatters.org themarkup.org",
    "states newsroom": (
        "statesnewsroom.com stateline.org virginiamercury.com michiganadvance.com coloradonewsline.com ncnewsline.com "
        "georgiarecorder.com floridaphoenix.com ohiocapitaljournal.com nevadacurrent.com azmirror.com missouriindependent.com "
        "penncapital-star.com marylandmatters.org newjerseymonitor.com minnesotareformer.com iowacapitaldispatch.com "
        "kansasreflector.com nebraskaexaminer.com oregoncapitalchronicle.com washingtonstatestandard.com wisconsinexaminer.com "
        "tennesseelookout.com kentuckylantern.com lailluminator.com alabamareflector.com arkansasadvocate.com "
        "idahocapitalsun.com utahnewsdispatch.com dailymontanan.com sourcenm.com newhampshirebulletin.com "
        "rhodeislandcurrent.com indianacapitalchronicle.com oklahomavoice.com northdakotamonitor.com southdakotasearchlight.com"
    ),
    # Britain and Ireland
    "news corp": (
        "wsj.com nypost.com marketwatch.com barrons.com thetimes.co.uk thetimes.com thesun.co.uk the-sun.com "
        "theaustralian.com.au news.com.au heraldsun.com.au dailytelegraph.com.au couriermail.com.au adelaidenow.com.au "
        "skynews.com.au"
    ),
    "dmg media": "dailymail.co.uk mailonline.com inews.co.uk newscientist.com metro.co.uk",
    "reach": (
        "mirror.co.uk express.co.uk dailystar.co.uk manchestereveningnews.co.uk dailyrecord.co.uk walesonline.co.uk "
        "liverpoolecho.co.uk birminghammail.co.uk bristolpost.co.uk chroniclelive.co.uk nottinghampost.com "
        "leicestermercury.co.uk mylondon.news gloucestershirelive.co.uk stokesentinel.co.uk hulldailymail.co.uk "
        "examinerlive.co.uk coventrytelegraph.net plymouthherald.co.uk devonlive.com cornwalllive.com kentlive.news "
        "belfastlive.co.uk irishmirror.ie"
    ),
    "national world": (
        "scotsman.com yorkshirepost.co.uk thestar.co.uk newsletter.co.uk lep.co.uk portsmouth.co.uk sunderlandecho.com "
        "shieldsgazette.com"
    ),
    "guardian media": "theguardian.com guardian.co.uk",
    "independent": "independent.co.uk the-independent.com",
    "bbc": "bbc.com bbc.co.uk",
    "future": "techradar.com tomshardware.com tomsguide.com livescience.com space.com pcgamer.com theweek.com itpro.com",
    "iliffe": "kentonline.co.uk cambridgeindependent.co.uk",
    "irish times": "irishtimes.com irishexaminer.com breakingnews.ie",
    # the rest of Europe
    "mediahuis": (
        "independent.ie belfasttelegraph.co.uk sundayworld.com standaard.be nieuwsblad.be gva.be hbvl.be telegraaf.nl nrc.nl "
        "limburger.nl noordhollandsdagblad.nl"
    ),
    "dpg media": "ad.nl volkskrant.nl trouw.nl parool.nl nu.nl hln.be demorgen.be tweakers.net",
    "rossel": "lesoir.be lavoixdunord.fr sudinfo.be",
    "axel springer": "bild.de welt.de businessinsider.com businessinsider.de politico.com politico.eu",
    "madsack": "rnd.de haz.de lvz.de dnn.de neuepresse.de maz-online.de kn-online.de ln-online.de ostsee-zeitung.de",
    "funke": "waz.de morgenpost.de abendblatt.de thueringer-allgemeine.de nrz.de wp.de braunschweiger-zeitung.de",
    "ippen": "merkur.de tz.de fr.de hna.de kreiszeitung.de wa.de",
    "spiegel": "spiegel.de manager-magazin.de",
    "holtzbrinck media": "handelsblatt.com wiwo.de tagesspiegel.de",
    "rtl deutschland": "n-tv.de rtl.de stern.de",
    "ard": "tagesschau.de ndr.de wdr.de br.de swr.de mdr.de rbb24.de hessenschau.de",
    "le monde": "lemonde.fr courrierinternational.com telerama.fr nouvelobs.com huffingtonpost.fr",
    "ebra": (
        "ledauphine.com lalsace.fr dna.fr estrepublicain.fr leprogres.fr bienpublic.com republicain-lorrain.fr vosgesmatin.fr"
    ),
    "france medias monde": "france24.com rfi.fr",
    "rcs": "corriere.it gazzetta.it elmundo.es marca.com expansion.com",
    "caltagirone": "ilmessaggero.it ilmattino.it ilgazzettino.it leggo.it",
    "prisa": "elpais.com as.com cadenaser.com huffingtonpost.es",
    "vocento": (
        "abc.es elcorreo.com diariovasco.com diariosur.es lasprovincias.es ideal.es larioja.com laverdad.es elnortedecastilla.es"
    ),
    "prensa iberica": "elperiodico.com levante-emv.com farodevigo.es lne.es informacion.es diariodemallorca.es",
    "godo": "lavanguardia.com mundodeportivo.com",
    "bonnier": "dn.se expressen.se di.se sydsvenskan.se hd.se",
    "schibsted": "aftonbladet.se svd.se vg.no aftenposten.no bt.no e24.no aftenbladet.no",
    "jp politikens hus": "politiken.dk jyllands-posten.dk ekstrabladet.dk",
    "sanoma": "hs.fi is.fi",
    "tx group": "tagesanzeiger.ch 20min.ch bernerzeitung.ch derbund.ch bazonline.ch 24heures.ch tdg.ch",
    "ch media": "aargauerzeitung.ch luzernerzeitung.ch tagblatt.ch watson.ch",
    "srg ssr": "srf.ch rts.ch rsi.ch swissinfo.ch",
    # Asia, Africa, Oceania, South America
    "nikkei": "nikkei.com ft.com",
    "times group": "indiatimes.com timesnownews.com",
    "ht media": "hindustantimes.com livemint.com livehindustan.com",
    "the hindu group": "thehindu.com thehindubusinessline.com",
    "indian express group": "indianexpress.com financialexpress.com jansatta.com loksatta.com",
    "india today group": "indiatoday.in aajtak.in businesstoday.in",
    "network18": "news18.com moneycontrol.com firstpost.com cnbctv18.com",
    "sph media": "straitstimes.com businesstimes.com.sg zaobao.com.sg",
    "mediacorp": "channelnewsasia.com todayonline.com",
    "al jazeera": "aljazeera.com aljazeera.net",
    "media24": "news24.com netwerk24.com",
    "arena holdings": "timeslive.co.za businesslive.co.za sowetanlive.co.za",
    "nation media": "nation.africa theeastafrican.co.ke businessdailyafrica.com monitor.co.ug",
    "nine": "smh.com.au theage.com.au afr.com 9news.com.au brisbanetimes.com.au watoday.com.au",
    "seven west": "7news.com.au thewest.com.au perthnow.com.au thenightly.com.au",
    "australian community media": ("canberratimes.com.au newcastleherald.com.au illawarramercury.com.au bendigoadvertiser.com.au"),
    "stuff": "stuff.co.nz thepost.co.nz thepress.co.nz waikatotimes.co.nz",
    "grupo folha": "folha.uol.com.br",
    "uol": "uol.com.br noticias.uol.com.br economia.uol.com.br tilt.uol.com.br",
    # agencies, whose texts others carry
    "bloomberg": "bloomberg.com bloomberglaw.com bloomberg.net citylab.com",
    "thomson reuters": "reuters.com",
    "associated press": "apnews.com ap.org",
    "agence france-presse": "afp.com",
    "press association": "pa.media",
    "dpa": "dpa.com dpa-international.com",
    "efe": "efe.com",
    "ansa": "ansa.it",
    "kyodo": "kyodonews.net",
    "xinhua": "xinhuanet.com news.cn",
    "upi": "upi.com",
    "canadian press": "thecanadianpress.com",
    "aap": "aap.com.au",
    "pti": "ptinews.com",
    "ani": "aninews.in",
    "ians": "ians.in",
    "yonhap": "yna.co.kr",
    "anadolu": "aa.com.tr",
    "austria press agency": "apa.at",
    "keystone-sda": "keystone-sda.ch",
    "belga": "belga.be",
    "the conversation": "theconversation.com",
    "propublica": "propublica.org",
    "kff health news": "kffhealthnews.org khn.org",
    "center square": "thecentersquare.com",
    # services that send out what companies say of themselves
    "cision": "prnewswire.com prweb.com newswire.ca",
    "business wire": "businesswire.com",
    "globenewswire": "globenewswire.com",
}
"""Owner to the domains of its outlets."""

WIRES: dict[str, str] = {
    "reuters": "thomson reuters",
    "thomson reuters foundation": "thomson reuters",
    "ap": "associated press",
    "ap news": "associated press",
    "associated press": "associated press",
    "associated press news": "associated press",
    "afp": "agence france-presse",
    "agence france presse": "agence france-presse",
    "pa": "press association",
    "pa media": "press association",
    "press association": "press association",
    "dpa": "dpa",
    "deutsche presse agentur": "dpa",
    "bloomberg": "bloomberg",
    "bloomberg news": "bloomberg",
    "tns": "tribune news service",
    "tribune news service": "tribune news service",
    "cnn": "cnn",
    "cnn newsource": "cnn",
    "upi": "upi",
    "united press international": "upi",
    "efe": "efe",
    "ansa": "ansa",
    "kyodo": "kyodo",
    "kyodo news": "kyodo",
    "xinhua": "xinhua",
    "canadian press": "canadian press",
    "aap": "aap",
    "australian associated press": "aap",
    "pti": "pti",
    "press trust of india": "pti",
    "ani": "ani",
    "ians": "ians",
    "yonhap": "yonhap",
    "anadolu agency": "anadolu",
    "apa": "austria press agency",
    "states newsroom": "states newsroom",
    "center square": "center square",
    "stateline": "states newsroom",
    "calmatters": "calmatters",
    "cable news network": "cnn",
    "conversation": "the conversation",
    "pr newswire": "cision",
    "prnewswire": "cision",
    "cnw": "cision",
    "business wire": "business wire",
    "globe newswire": "globenewswire",
    "globenewswire": "globenewswire",
    "propublica": "propublica",
    "kff health news": "kff health news",
}
"""What an agency is called in the credit of its text (the, if there is any, left out), and which family that is."""

NAMES: dict[str, str] = {
    "bbc": "bbc",
    "bbc news": "bbc",
    "guardian": "guardian media",
    "bloomberg l p": "bloomberg",
    "usa today": "usa today co",
    "wall street journal": "news corp",
    "new york times": "new york times",
    "politico": "axel springer",
    "wired": "conde nast",
    "ars technica": "conde nast",
    "verge": "vox media",
    "techcrunch": "regent",
    "financial times": "nikkei",
    "hill": "nexstar",
    "yahoo news": "yahoo",
    "yahoo finance": "yahoo",
    "uol noticias": "uol",
    "folha": "grupo folha",
    "folha de s paulo": "grupo folha",
}
"""Names of outlets, where the name alone tells the family."""

_CARRIES = "shows whole articles of other newsrooms beside its own"
_HOUSES = "newsrooms that are not its own have their sites below it"
PORTALS: dict[str, str] = {
    "yahoo.com": _CARRIES,
    "aol.com": _CARRIES,
    "uol.com.br": _HOUSES,
}
"""Sites of ``FAMILIES`` with articles of others, and why: the outlet printed there goes before who owns the site. Where no owner
is known (msn.com), the printed name counts anyway."""

PORTAL_NAMES = ("MSN(?:\\.com)?", "Yahoo(?: News| Finance| Sports)?", "AOL(?:\\.com)?", "NewsBreak", "SmartNews", "AllAfrica")
"""What portals call themselves behind the name of the newsroom: "The Harbour Ledger on MSN" (patterns)."""

_OF_PAPERS = (
    "advertiser advocate argus bee bugle bulletin call chronicle citizen city clarion county courier daily democrat "
    "dispatch eagle echo enquirer enterprise evening examiner express free gazette globe guardian herald independent "
    "inquirer item journal leader ledger local mail mercury messenger mirror monitor morning nation news observer online "
    "page pioneer post press progress record recorder register reporter republican review sentinel signal standard star "
    "state sun sunday telegram telegraph times today tribune union voice week weekly world"
)
COMMON_NAMES = frozenset(_OF_PAPERS.split())
"""Words of which newspapers everywhere make their names: a name of nothing else ("The Daily Gazette") is told apart by its site."""

_LEADING_AWAY = (
    "msn.com google.com bing.com apple.news newsbreak.com smartnews.com flipboard.com allafrica.com inkl.com pressreader.com "
    "ground.news feedburner.com t.co bit.ly dlvr.it"
)
CARRIERS = frozenset(_LEADING_AWAY.split())
"""Sites whose links lead to articles of others: there the printed name goes before the site, however common."""
