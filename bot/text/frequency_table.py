"""Word frequencies of news English, derived by ``benchmarks/frequencies.py``; do not edit by hand.

From 3099 headlines and leads (a story counted at most 3 times a word). ``LEVELS`` maps ten times the natural
logarithm of a word's rarity to its words, as stems; ``COMMON`` are stems that running text writes without a capital.
"""

from __future__ import annotations

LEVELS: dict[int, str] = {
    21: """
    new
    """,
    22: """
    year
    """,
    28: """
    1
    """,
    29: """
    2
    """,
    30: """
    die polic report
    """,
    31: """
    1st day tim
    """,
    32: """
    3 man technologi use
    """,
    33: """
    ai facial mak news updat
    """,
    34: """
    kill last peopl
    """,
    35: """
    5 com fir market plan pm recognition servic
    """,
    36: """
    4 announc arrest back footag help hit intelligenc post releas show stat tak today top trump
    """,
    37: """
    10 artificial attack call ceo compani coronavirus end gam high hom old work world
    """,
    38: """
    11 accord business data friday hous launch look million set start week win
    """,
    39: """
    7 big car chang charg china global law lead learn lik liv night official open shoot watch
    """,
    40: """
    2nd 8 9 around bas build citi former futur germani government india mov murder need reveal run star system team thing thursday
    woman
    """,
    41: """
    6 american another bank clos driv even fac famili found includ machin march morn near next offer program shar talk tuesday way
    women
    """,
    42: """
    2013 australia ban britain cas countri deal earli europ fall group leav mani monday national parti power president public
    publish put record right ris saturday season securiti sign stor want wednesday
    """,
    43: """
    12 2014 best bring buy claim consider court crash decad drop follow issu latest leader left mad mark meet miss north number
    obama offic officer onlin photo play project research see softwar south still street suspect test trad
    """,
    44: """
    accus amazon anti ask break cloud counti cut expect fight giv go goe good growth head health histori hold know lif list los
    month nam plac question return review rul school support
    """,
    45: """
    15 20 3rd area arm becom begin bill campaign center continu creat find forc fre grow hand hour increas industri injur jan job
    keep key local major member men part pick player point pric shot stock stop studi sunday tell turn tv well
    """,
    46: """
    13 16 2020 ahead allow analysis authoriti biggest caus central concern confirm dat december demand department develop digital
    due east fan financial food forecast held hop identifi inc john microsoft money order problem protest rat resolution result
    seek sinc train unit warn web whit worker yesterday york
    """,
    47: """
    14 23 30 across action aid better california challeng covid customer economi election energi eve ex fail federal fil fund
    general girl gmt going googl gun hospital imag international internet iran januari join lat much nation never pass person
    process rais remain self seri sourc stori stream threat trial urg user
    """,
    48: """
    act ad agenci america attempt battl camera defend despit detail firm halt known land lawmaker long low media messag minister
    polici real risk sav sea student tax think threaten try universiti visit vot war young
    """,
    49: """
    09 24 administration allegedli app appl application attorney award away bad believ billion check computer conferenc congress
    control count crim crisis damag delhi detroit director doubl earlier effort emergenci employe enter et facebook gas gop great
    happen hear host human introduc investigat jam japan judg least led lov mobil natural nt park pictur plant pop possibl press
    prison product propos provid push reach receiv reportedli republican ring road robot ros round sal sell september solution
    statement told union voic walk washington william word worri wound
    """,
    50: """
    05 08 40 4th address agent almost appear april beat block board book boost captur co communiti complet contract crowd debut
    decision democrat deputi design development devic dr experienc extend fear film final fix form governor impeachment improv
    information larg largest less likeli lin loss mass moment movi not oil operation past pay political potential premier privaci
    promis protect rank red regulation rescu roll scor screen search send several soon step strik struggl surpris target term
    trend victim wav weather whether wind worth
    """,
    51: """
    0 2005 2012 2019 5th age ago aim alleg angel austria availabl aws babi caa cabl candidat capital children climat clinton cover
    daughter declin deep district embassi escap expert fatal firefighter flight florida focus franc friend front full govt hill
    investigation israel juli korea level lost militari model mother network partner playoff pressur privat pull rac read realli
    rekognition requir scienc secret senat serv sex ship slip speech st surveillanc together toward town trust twitter vehicl vs
    west
    """,
    52: """
    00 18 advanc asian bushfir civil comment condition debat degre deliver deploy different direct disappoint driver enforcement
    ever exchang explain far hard heart impact install jewish jon jun languag legal link mean minut nfl other percent phon
    protection qatar ralli reason relat room russia sector seen shock solar spend sxsw tool treat violenc water worst yet
    """,
    53: """
    2009 2011 35 abus admit affect air alreadi answer appli art asia assault assistant avoid behind black blast boy brok carri
    catch celebrat cell chanc christma coach connection conservativ convict coupl criminal dec decid defens destroy developer dip
    dollar dozen drug earn edt emerg england estimat event executiv export featur field football fuel get giant gov green happi
    harri hir hollywood hong hug hurt injuri innovation insid interest investor island itali justic killer kong leagu limit
    manager merkel mom november object outsid parliament philadelphia predict prediction princ protester readi recentli
    relationship rumor say scandal scientist senior shop sid sit siz social son southern spe speak spot stand startup stay struck
    teen took trailer travel understand version wed window winter
    """,
    54: """
    02 19 26 50 agre along approv arriv becam biden bodi celebriti chris club cost daili democratic eas economic effect
    entertainment everi everyon everyth feel figur fly forward guilti gulf guy half homicid hot independent iraq kim leak light
    littl lot maker massiv measur music parad partnership poll prepar prov quarter queen recent reform rep reporter researcher
    respond robotic san scen secur singl spark special staff texa toni traffic treatment view
    """,
    55: """
    27 45 52 access actor actress add afternoon airport approach beach blog bomb brand brief burn cancer career carolina cash
    champion commercial controversial enabl enough essential farm fast financ gain georg hat highest hotel ibm insight interview
    king las later lower michigan middl nearli northern pag patrol paul quickli reserv revenu rock rol secretari sentenc slow
    standard straight strong suggest tip titl tough tweet ukrain vega vision wall weapon welcom went wid
    """,
    56: """
    03 04 07 100 150 17 22 25 28 29 41 90 analytic animal apartment apologiz apparentli appearanc armi arson articl audienc audio
    august bankruptci barack berni bet biometric bjp blam blaz blood blow border boston boyfriend brown budget bullet cam caught
    celebration ces chicago chip choic cit citizen class clip coast cold commission conduct connect constitution consult content
    corporation council credit cross crown databas david describ determin didnt doctor download drunk easi easili effectiv ensur
    episod expand expectation faciliti fact fam feb februari finalli flag foreign gang gay girlfriend goal greec guard guid hack
    heat her highlight hook id idea illegal im implement intelligent involv ireland jail johnson juri kick kid lawyer legislation
    let lion load london ltd magazin marri matter mayor medical mexico monitor multipl navi neighborhood outag oversight paid
    paper parent patch patient performanc personal pin plus politic popular powerful pre prevent preview prim profil raid rang
    realiti recap regulat reject resident respons restor revolution rich riot robberi roundup rout rush sander saw schedul seat
    seattl select sep serious sheriff shooter singer slam someth song spac stab station steal steel stolen storag storm strategi
    sue suicid super suppli tackl taken tap teas television thousand tie tonight total troop turkey vessel victori weak weekend
    witness zealand
    """,
    57: """
    2008 2025 36 46 africa airlin andrew announcement associat azur bear began benefit bit blu boat bowl built bush cagr chain
    comedi commit corporat cours crazi critic critical currenci danc declar display document door dress drunken edg egypt euro
    exclusiv fatalli femal foot franchis francis grant ground healthcar highway however hundr hydrogen incident instagram
    investigator jackson joe la leadership letter lift lock lockdown marriag massachusett mix mount mountain naval neural nuclear
    opportuniti platform plung prob producer profit progress proposal prosecutor provider qualiti reduc region rest revers richard
    rival robert ryan seed seem sister soldier sound spain spokesman spread success successful suffer terminal thoma tre typ valu
    vow warm worldwid zon
    """,
    58: """
    01 06 21 31 39 61 accelerat accident account agreement al alaska autonomous avenu averag berlin bid bird boe born brother
    ceremoni chas christian church citizenship combin commerc committe comput consumer cook creator crew death delay discuss
    disrupt draw drawn driven education els encourag engagement engineer escort expansion failur felt finish firework flam flood
    floor gift gunman hacker hbo hint hub ice illinois indiana iphon ipo jew jong jul lak libya loan mal mari match mental met
    metro midnight mil mission movement mps mt nba non officialli ohio organization outlook packag passenger pdt period pet pic
    pilot piraci pirat pledg position previousli pro produc production rain refus regional register regulator renew resolv robber
    safeti santa scal sensor server shak slid slump smart solv spent split spoiler stag styl summer sur survey suv throw track
    transportation tri troubl tru un unlikeli usher vic victoria villag violent virus wait websit your youth
    """,
    60: """
    2010 47 abc algorithm aliv angri annual artist atlanta attend author basis benghazi beyonc bigger brazen casino cast character
    charli chief child clash coal coalition conviction criticalli crud cultur curb currentli custodi custom de defeat defensiv
    deni detection diego dismiss don downtown draft drag duti emotional exactli factor factori feed fox freedom fresh fun garden
    generation handl haught healthi heavi heist hero homeless immediateli independenc industrial ins jennifer jolt justin knock
    lab longer lufthansa main malaysia manag management marijuana mask mat merchant mik min modern moon multi netflix nov october
    offensiv often oscar overcom owner pc perform pizza politician pos pregnant present princess promot quick quit recoveri
    religious remember requirement restaurant retail retain retreat royal scan se seiz semitic senator seventh short signal simpl
    skill slap small smash smok sneak soar strategic stretch suit surround suspicion suspicious tal tension text thought toll
    tomorrow tour trader truck valley ventur veteran vincent violation voter vulnerabiliti wal weaken western writ wrong zoo
    """,
    61: """
    1000 160 21st 33 37 42 53 59 academi accelerator actualli addition adoption advic advis advocat african aged analyst appeal
    arizona badli baghdad bail baker band bar basketball benjamin bond boss bundl campus canada catherin centuri channel chapter
    charger christi clean climb cnn cognitiv collaboration colleg color colorado command congressman consol construction controll
    controversi cor dangerous dark deadli deadlin detect detectiv direction diseas dui earthquak eastern eco ed editorial elect
    eliminat email emission endors engag engin environmental equip excit exploit extension eye faith fak famous father fed fin
    flat flaw foil ford gap gari gen ghosn glitch gold grand hall heavyweight hillari hol husband icon identiti important insider
    instead integrat intel interactiv ir jacksonvill jersey journalism jr juan kind lan larri lie malibu mar marin michael mideast
    ministri mum museum nab neil netanyahu newspaper nic nigerian nixon norway novel opinion orang original outrag pakistan
    palestinian perfect perri piec plead positiv possibiliti pound presidential previous principl priz prompt rar react reaction
    rebound recover rehab religion renewabl respect rid ridg rip saudi scotland scott sean sequel sexual shanghai shortli
    significant sink sixth slay smartphon smith snow southwest sox speci spotlight spy status sterl ston stronger studio successor
    supermarket supplier surgeon task temperatur tesla thailand theft therapi theyr thwart ticket transfer transparenci trigger
    undersea upcom vietnam watchdog wear weekli wildlif wors yard yemen youtub
    """,
    62: """
    1080p 2007 2015 2018 32 34 48 76ers 792p 91 accept achiev aden afghanistan alert alex allegation allen alternativ although
    analyz anonymous anyon apart apr arcad arena assessment athen atlantic attention augment austin bankrupt baseball beauti berth
    betti beyond bipartisan bob boehner box broadcast brooklyn browser bst bug bull buzz camp capabiliti capaciti card carlo celeb
    cent certain cheek chef chrysler climber closer collaborat collaps collect colt commoditi compar component confidenc conflict
    consecutiv criticiz cup current dean dedicat deliveri demonstrat designer devastat diamond discover diss doc dominat donald
    donation dream drink duk earth eat ec edit electrical endanger enhanc enjoy entir equinor est ethic ethical evacuation evidenc
    explorer exposur faster favorit fill fish fle float foundation framework fraud fulli funeral furious gat gather gav given
    golden gomez gray guidanc gupta hammer harbor harm helicopter higher highli hijack historic holder holiday honor honour hugh
    ibf ie immuniti incom indianapolis inspir institut insuranc interior invest iot iron irs ist jack jaguar jeff jewelleri jim
    journalist jump juror kansa kerala khan kiss klitschko korean labor lack ladi leverag lewis liberti licens mafia magnitud
    majoriti mauric meghan merg merger method minimum mob motion nationwid neighbor nlp noth notic nypd opposition orlean oust
    overnight pac palm panel paris parliamentari patroll pattern peac peek peter petition plastic poor port postpon pot prais
    probabli punjab qeshm quak rap recall refer registration reid reli remot remov resourc respawn responsibl restriction resum
    reunion rev reviv ric root rs runner sack saint salari samsung sanjay scientific scrutini section seller sens sent sever
    shadow shield sicili sight singh sixer slowdown somalia someon sorri sport springfield squar stadium stol submarin suburban
    swim taylor teenager teixeira temporari testifi testimoni thiev though throat titan titanfall touchdown trail tribut tumbl
    turkmenistan twilight ultimat unknown usd vancouver venu vigil virtual wag waitros warship watergat wbo weigh whol wif winner
    wish wladimir wood xbox
    """,
    64: """
    101 108 200 2001 2004 300 360 3d 44 55 58 65 800 840mb 85 abl absoluteli accuraci accurat aclu activist additional adult
    advertis airway alexandria alongsid alter amendment amount andi android anticipat apc apparent appoint apprehend assembli
    assum attacker automat automatic balanc baseman beck behavior belt bia bieber bitcoin bon boom brak branch breach breweri
    brigand broken brought buhari burger calif cambridg cancel cannabis cap catholic charl charlott chicken clear clinch cm cod
    collection column comedian comfortabl commander communication competition complaint concept congressional contain counter
    craft criticism cuba cyber dar dc debt definiteli definition delet democraci denmark deployment detain dirti discourag disput
    dissent diversiti divid dog drama dron dynamic ea eagl edmonton efficient electric em embrac emotion employer enterpris
    entrepreneur equipment era eric erupt establish examin exec exit explod explor express fallen fashion fbi fda fell fellow
    festival feud fiat fighter fled foe forever forex forget fortun fought founder francisco gambl gamer gear gender georgia goog
    greet grip guest guidelin habit halifax handful handi hang hardwar harrison harsh hd hell herald hik historical illness import
    inch increasingli index indicat influenc infrastructur interim investment invit ios isro jewelri jok joseph kept kevin
    kindergarten kne landlord landscap lawrenc layoff lean lectur legaliz librari listen lobbi macau maintenanc mall manchester
    manufactur master material matthew mccain meant medicin memorial miami midday migrant militia missouri ml mo mock mosqu
    motorist ms msft multiplayer musical nak nasdaq nc negativ negotiation net nigeria nomine northeast notorious ny nye offshor
    olympic ongo operat operational oppos optical optimiz option origin originalli outbreak overturn own palin pandemic path
    patrick payment pinup pipelin pitch plagu plenti plot pocket pollution pond portland prestigious pretti primari prnewswir
    properti ps4 pump rag rail ram rampag ray rb receiver recession recogniz recommend regard reggi regulatori rehabilitation
    reign repeat representativ republic resort retir reunit reuter romney roof rooki ruin sandi sbarro schem scorer segment selena
    settl shad sharpli shift showcas shut siemen silenc silicon sing situation snatch societi soni spec squad stabiliti standoff
    stem stev stir strength strengthen stress striv structur stun subpoena summit superior surviv sweep teaser telecom
    telecommunication threw todd tom tourism toy tradition translation truth turbin turkmen twic twin twist unclear uniform unlock
    utiliz valuation van various vendor vienna viral visitor warehous wast watson waymo wev wild will woe wrap written yes
    """,
    67: """
    0.3 000 1.4 10th 1950s 2000 2016 2017 202 2023 2024 25000 250mw 49 56 60 75 80 abortion accidentalli ace acknowledg activism
    activiti adaptation adopt ads advantag afc alabama alarm albani ali alon alway amaz anger annoy anthoni arkansa arraignment
    arrival arsenal ashgabat aspect asset athlet attitud aug auto automaker automation automobil availabiliti await bachelor
    bachmann bag bailey banana barcelona bareli basic battlefield bbc bc bedford begun belief billboard biloxi blockad bloomington
    bolster bona bonus borg bossi bottom boycott brad brain brat brent brexit brib bridg brutal buck bump burst bus buyer cabinet
    caf calm capabl carbon cargo carl carrier cctv ch chair champ chao chapel cheat chemical cheney chennai cheroke chill chiquita
    choos circl claus cleveland client clinic closur cluster cocktail colleagu collin combat comeback comic commitment common
    compass compet complex condoleezza confiscat congratulat consideration contest convinc coo corp corruption cream creepi
    cressida crowdsourc cruis cult cyberattack cycl dawn decri deeper defiant delta demolish departur depth destination destructiv
    differenc disabl discern disclos disclosur disguis dish disruption distress division dodg domestic donat doubt doug downtim
    dracula drill dubai dublin dwi dwindl ebay editor edward egberto eighth either electoral elit ellen enact entranc epic equiti
    error especialli evacuat evangelical exam exampl exception explosion expos faculti fairi fals ferguson fi fianc fideliti
    finalist fingerprint fintech flow folk fpso fram fred frog frontier fruit fugitiv fulton gal gameplay generat gippsland glob
    god goldman goodbi grab greater gregg grenad greta guru harass harvard hawaii headquarter heel hockey horton hottest howard hq
    hunger hunter ibo ii ill immigration impos improvement indi indonesia infamous inflation initial inmat inquiri insaniti insist
    installation instanc intensifi interaction intercept intimat iowa jab jeep jerri jess jet jewel josh journey kidnap knew
    knowledg label laden lago landmark lay limitation lindsay listener liverpool livestream lo locat location lockport lohan
    longest longtim loos loosen lopez lotto louisvill luci lur luxuri lynch mafioso maid mandat maximum mayb mcconaughey medicar
    membership mentalli mercuri mermaid mess metal meyer mh370 mich millennial mistak mobiliti mocean modi monetari mouth mp mr
    mumbai municipal musician muslim mysteri nashvill nearbi negotiat newli nguyen nick nominat nomination nsa nyc obrien observ
    obtain occur ocean oct odd offend offender oh older oldest onto opener operator optimization oregon orlando orthodox overview
    pa pablo particular passport patienc pct peak pedestrian pelosi perfectli performer permission peyton phas phil philli phoenix
    photographer physical physician pie pierr pioneer pittsburgh planet pleas plug poland pool poorli population possibli
    potentialli practic precaution prior prioriti prisoner professor prospect psa purpos pv quantum quarterback quebec quiet quizz
    radio ran rapidli ratio rbs reader rebel recognis redefin refere refuge regain regina regret rein relief reorganization repair
    replac res resign retailer revis rifl rig rioter river rob rooftop row rural sad sagemaker sam sap scam scanner scenario
    seahawk secretli secular separat session sexiest sham shell shipment shook shor shouldnt shown sky slightli smil soap sobrieti
    soft spar specific spok spoken sponsor spr spre spur sri staci stall statewid steadi stray stuf stumbl subject successfulli
    sun suppos suprem surgeri surrender sweepstak swift swimmer switch sydney tabl taiwan talent tara tea teach tear teenag
    telecast telephon temporarili terrorism theo thompson throughout thunberg toledo ton torch toronto totalli touch tournament
    tout traditional transaction transport trap traveler treasuri tremor tripl troy twitch uncertainti uncompress underwater
    underway ups upset utd vampir vehicular violat virginia virtualli void volunteer vulnerabl wak ward wellington whal wheel
    whistleblower willi worsen worthi wrot wwe yanke yellow
    """,
    69: """
    00pm 078 1.07 1.5 11th 125 14000 150000 15th 1967 1978 2,000 2,290 2.5 2021 2022 2027 288 35gb 364 399 4.7 400 43 48gb 5.6 500
    500l 51 66 6th 70 73 77 79 81st 88 900 95 a15 a16 a17 aarp abat abu accountant ackman adapt adjust advancement advisor
    advisori advocaci afd ak album alexandro alic alik alternat ambarella amu amy anchorag andhra angola anniversari aoraki ap
    apologis appreciat aquatic aragon aramco archiv arent argu armstrong arsonist assist assistanc atfr atp attract austeriti
    autograph automaticalli avert bachelorett backdoor backfir backlash backstag bain balkan ballot balmoral banbossi banki
    banstead barclay bash bat bathrob batteri bean beckham bed beg behalf behav bell berdymukhamedov bernstein bezo bhuj bibl bigg
    bipin birth blank bln blockbuster blockchain blown bluejay blumenthal bobbi bodiford bollywood bondag bondholder booti bora
    boris bottl bounti boutiqu bow brav breakthrough brian bristol bronx brownsvill bryant bud buffalo bullion bunch bundesliga
    burglari buri burial burnsvill bypass cach capitol captain cardinal caribbean carney cart casti cat catharin cbi cbs cd cds
    cellphon celsius celtic certainli certification challenger chaori cheer chesney chew chick chin chiquitafyff chohan chubbi
    cigarett clan clar classifi clearanc click clon clooney clu co2 cocain coffe cohl columnist comcast comeaux comfort commandeer
    commando commentari competitor completeli comprehensiv condemn confess confront confus consortium const constabl contact
    contender contestant controller conversation cool cooperation cop copi copper corona correspondent cosa couldnt countdown
    courthous cowan cpac cqb crawford crawley creativ creighton crosswalk crucial crunch csi csi300 cu cuisin cumbria curious
    cyrus dairi daktronic danger daniel dargahan ddo dedication deepfak deepmind default defender defi degener denounc dent
    deposition derek desperat destroyer detrimental diagnosis dian difficult digitalglob dilemma dileo directth dirk discount
    discussion disgruntl disney displac disposal distinct distinguish distribut distributor ditch diva divergent dlc dnc doll
    dominant dong doom dorfman dow dragon drak drew drown durango earner ecb ecommerc elaborat electronic elephant elizabeth elli
    ellis elton elyse empir employment empower empowerment encryption enemi environment epidemic escalat escape esther ethiopia
    euractiv evad evansvill everybodi everywher ew execut exhibit exist expression extensiv extract extremeli faction fair farmer
    fault favourit favreau federation feet feign fenc fentanyl ferrell fewer fiber firearm fisher fixtur flappi flatbush fleet
    flip florenc formation forum franken freak frederick frequenci frequent fri fts fuell fundamental funni fx fyff gadget gaetano
    galavis garner gaug gb gbp genghis genr geological georgetown gib gigant giuliani gloomi glori gm gobind golf gom gon gould
    gox gpu grac grasp grav grey grigoropoulo grill gunfir gurbanguli gw hair hamper hampshir handgun hangover hansbrough hanukkah
    harbour hardwick harlem hasim hawaiian headlin heard heartbreak heavili heimdal heir helen helm herbalif hi hidden hiller hk
    hlf holley holographic hometown hon horn horrific hospic houston huawei huckabe hunk hunt huntsvill hurdl hurl hyp ideal
    ideologi imagination immigrant imperil impression incit incredibl incredibli ind individual infect initiativ injustic
    inspection inspirational institution insult integration interlin interven intrigu invok ip ipad ipod isp issuer ivori jackman
    jag jakarta jamaican jamal jamia jar jason jelena jenkin jermayn jetblu jeweler johansson joint jordan judicial kal karpel
    kathina keibler kelli kempthorn kennedi kenni kentucki ketsoyan kickstarter kiebler kimani kirkpatrick kitten klobuchar
    knockout knot kob kraft lam lanka largeli larger laru lasall launcher leaker leanin legalli legend legendari legitimat lennox
    lesson liberal liberat libor lineman lionsgat lisa lme lng log logo londoner loom lopsid louis luann luck madness madonna
    maharashtra mainland maintain makeup manipulation mannheim manslaughter margin markl mart matanuska matt mcdermott mcdonald
    mcmeekin meal mech mediterranean mehdi melvill memorabl mend mention mer merz michel midway miley millom mind mindi mini
    minneapolis misdemeanor misidentifi missil mississippi mixtap mjna modell mon monster montaign mop moral motorcycl ms08 mta
    mtgox mummer muni mv mvc mysor naacp nail narrow narrowli nationalist nautical nazi nbc ne necessari necklac neo neurosurgeon
    newegg newport newsweek ng nhs nichol nicknam nikkei nikki niyazov nj noon normal nostra notabl notifi noyer nra nsw nuova
    nvidia offens omaha ons opera org orion orkney ortiz otcmkt oteri outlin overheat overwhelm oz pack pagliarelli pak palac
    palermo palmer pan pancreatic pant panther pardon pariti parol participat particularli pastor patna patriot pav payton penalti
    perilous persh persian personnel perth petrol phillip phras pinella piston pivotal pizzolatto plc pleasant plush pobr pois
    politico pono ponomusic ponoplayer popcorn porta potter poughkeepsi pradesh prayer premis premium presti pretend processor
    professional prominent promo promotional proof propell provocativ publicist purpl qualcomm quarantin quarterfinal quot racism
    rahman raj ramo rancho rather ratti rawat reaffirm reagin realistic rebuild receptionist referendum referral refin regim
    regular rehir reignit relax reliev remark rene replacement repuls residential resignation responsibiliti restrict restructur
    resurrection retard retirement reveng revok revolutioniz reward rhod richter ridicul risqu robust robyn rocket roesler roger
    romantic rosa ross routin rower royc rubio rusher rust s5 safeguard safer sail sandberg sansa santorum saparmurat sarah
    satellit scar scarlett scoop scout scrap scream scrutiniz seacom sec second selection sensibl sensori seriousli servicemen
    sestak seth settlement sexi sh shadowi shailen shap sharron shawn sheet shelter sheryl shin shortag shotgun sicilian sick sieg
    similar singapor sixti slack slain slash slipper smarter smell smug snap snapshot snar snowden sober soccer solid somalian
    somerset specifi spell spin spiritual spoil spokesperson sprain spray spritz stacey staffer stainless standbi statistic
    staunton steeler stefanski stephen stepheni strang streak strok stuck stuff su subscriber substanc substantial succumb suck
    sudden sukanya sunni supporter surfac surinam surpass surrey survivor susan swachh swap sweden symptom syria tag tallgrass
    tank tanker tar tattoo taught taxi teacher technical technician techniqu technological temp ten tensorflow terminat territori
    thank thron thunder tiger timberlak timelin timmon tmc tmz tns toddler toolbox toppl tourist toxic tribal trick trillion
    truste trustworthi tue tunisia twc tyler ultimateli ultra unbeaten unc undergo underscor undeserv undisclos undocument unearth
    unfair universal unleash unlicens unsur unusual unwarrant unwind upgrad upmarket urgent utah vandaliz vap varanasi vehementli
    vendom venezuela vengeanc verdict vermont vet veto viabl vidal viewer vijay vinar vinc vincentchin vincentth vindicat virtu
    visa volatil volum wa wander wari warner wasilla wayn wba wdrb weakness weal weed weiner weitz westero wet wheelchair whip
    wideli wield winston wiretap withdrawn wolverin wonderful woodburn woodley woodward workplac wuhan wyz xnor yank yinson youv
    yuan yvonn zampella zeidan zimmerman zurana
    """,
}

COMMON = """
    0 1 10 11 12 1st 2 2nd 3 3rd 4 4th 5 5th 6 7 8 9 abandon abiliti abl ablaz aboard abolish abortion abroad abrupt abruptli
    absenc absoluteli absorb abus abusiv abyss academic accelerat accept acceptanc access accident accidentalli accommodat
    accompani accomplic accomplish accomplishment accord accordanc account accountabl accountant accuraci accurat accurateli accus
    accusation accustom achiev achievement acknowledg acquaintanc acquit acquittal acr across action activ activat activeli
    activism activist activiti actor actress actual actualli ad adapt adaptation add addiction addition additional address adequat
    adjacent adjust administer administration administrativ administrator admir admirabli admission admit adopt adoption adult
    advanc advantag adventur advers advertis advic advis advisori advocaci advocat aerial aesthetic affair affect affiliat
    affiliation affirm afford afraid aftermath afternoon aftershock afterthought afterward age aged agenci agent aggravat
    aggressiv agitat ago agoniz agr agre agreement agricultural ahead aid aim air airport aisl alarm alcohol alert algorithm
    alight align alik aliv alleg allegation allegedli alley alli allow alltim almost alon along alongsid alreadi alter altercation
    alternat alternativ although alumnus alway amass amateur amaz ambitious ambush amiabli ammunition amok amount analysis analyst
    analytic analyz anarchi anarchist anchor ancient anger angl angri animal animat ankl anniversari annotation announc
    announcement annual annualli anonymiti anonymous anonymousli another answer anterior anthem anti anticipat anticipation
    anxious anybodi anymor anyon anyth anyway apart apartment apologi apologis apologiz app appall apparatus apparent apparentli
    appeal appear appearanc applaud appli application appoint appointe appointment appreciat apprehend approach appropriat approv
    approval approximat approximateli aqua aquatic architect architectur archiv archrival ardent area arena arent argu arguabli
    argument arm around arraign arraignment arrang array arrest arriv arrival arrondissement arson arsonist arteri arthroscopic
    articl artificial ash ashor asid ask aspect assailant assassinat assassination assault assembl assembli assert assertion
    assess assessment asset assign assist assistanc assistant associat assum assumption assur asylum ate athlet athletic atmospher
    atop attach attack attacker attain attempt attend attendanc attention attitud attorney attract attraction attribut audacious
    audienc audio augment austeriti author authoritativ authoriti authoriz authorization auto automaker automat automatic
    automaticalli automation automotiv autonomous autopsi availabiliti availabl aveng averag avert avoid await awar away awful
    awkward babi bachelor back backdoor backend backfield background backhaul backup backward backyard bad badli badminton bag
    bagman bail bailout balanc balconi bald ball ballgam ballistic ballot ban band bandit bandwidth bang bank bankrupt bankruptci
    banner bar barber bareli bargain barricad barrier bas baseball baseman basement basic basicalli basis basket basketball bath
    bathrob bathtub baton batter batteri battl battlefield beam bear beast beat beaten beauti beautiful becam becom bed beef beer
    beg began begin begun behalf behav behavior behaviour behind belief believ belittl belong belov belt bench beneath beneficial
    benefit berth besid best bet betray better beyond bias bid big bigger biggest bik bikinis bill billboard billion bind bio
    biodiversiti biographer biographi biological biologist biometric bipartisan bird birth birthday bit bittersweet bizarr black
    blackout blam blanket blast blaz ble bleak bleed bless blew blindsid bloat block blockbuster blockchain blog blogger blood
    blow blown blowout blu board boast boat bodega bodi bodyguard bog bold bolster bomb bomber bombshell bon bona bond bondag
    bonus boo boob book bookmak boom boost booster booth booti border born borrow bosom boss botanical botch bother botnet bottl
    bottom bounc bound boundari bout boutiqu box boxer boy boycot boyfriend boyhood brag brain brak branch brandish brass braveri
    brazen breach breadth break breakdown breakfast breakout breakthrough breast breath breez brib briberi brick bridg brief
    briefli brigad brigand bright brilliant bring brink broad broadcast broader brok broken brother brought brows browser bruis
    brutal bucket buddi budget buff bug build builder built bulk bullet bulletin bump bunch bungl bureaucrat bureaucratic burglar
    burglari burglarization buri burlesqu burn burnt burst bus busi business butt button buy buyer buzz bypass bystander cabl cach
    caf cagey calculat calculation calendar caliber call calm calmer calmli cam camera camp campaign campus can cancel cancer
    candidaci candidat candl candlelight candlelit canin canister canva cap capabiliti capabl capaciti capital capitaliz captain
    captiv captur car carbon card cardiac career careful carefulli cargo carjacker carpet carri carrier cartridg cas cash casino
    cast casualti catastroph categori cathedral caught caus causal caution cautious cautiousli ced celebrat celebration celebriti
    cell cellphon cement censorship cent centerfold centr central centrefold centuri ceo ceremoni ceremonial certain certainli
    certainti chain chair chairman challeng challenger chamber champ champion championship chanc chang chant chao chaotic char
    character characteriz charg chariti charm chart chas chat chatbot cheaper cheat check cheer cheerleader chees cheetah chemical
    chest chew chic child childhood children chill chip chipmaker choic chok choos chop chos chosen chronicl church cinematic
    circl circuit circulat circulation circumstanc cit citi citizen civil civilian clad claim clan clandestin clarifi clash class
    classic classmat classroom clean clear clearli clergi clerk clever click client cliff climat climb climber clinch clinic clip
    clock clos closeli closer closest closet closur cloth cloud clout club clutch co coach coal coast coax cocktail cod coexist
    coffe cognitiv coin coincid coincidenc cold collaborat collaboration collaps collateral colleagu collect collection collectiv
    collectiveli colleg collegiat colli collision colonist color colossal column columnist com coma combat combin combination
    combo comeback comedi comedian comfort comfortabl comic command commandeer commander commando commenc comment commentator
    commercial commissioner commit commitment common commonli commotion communicat communication communiti compani companion
    compar comparison compatibiliti compensation compet competenc competent competition competitiv compil complain complaint
    complement complet completeli completion complex compli compliant complicat complication component composit compound
    comprehensiv compromis comput computational computer conceal conced concept concern concert conclud conclusion concoct concret
    concur condemn condition condolenc conduct conferenc confess confession confidenc confident configur confin confirm
    confirmation confiscat conflagration conflict confront confrontation confusion congestion congestiv congratulat congratulation
    congratulatori congregation congressional conjectur connect connection connectiviti connectom consciousness consecutiv
    consensus consequenc conserv conservativ consider considerabl consideration consist consistenci consistent consistentli
    conspir conspiraci conspirator constant constantli constitut constitutional construct construction consular consult
    consultation consum consumer consummat contact contain container contemplat contemporari contend contender content contention
    contest context continent contingenci continu continualli contract contractor contractualli contrari contrast contribut
    contribution contributor control controll controversi controversial convention conventional converg conversation convert
    convey convict conviction convinc cooki cool cooperat cooperation cooperativ cop copi cor cordon corner cornerback cornerston
    coroner corporat corporation correct correctional correspondent corrupt corruption cost costli couldnt counsel counsellor
    count counter counterintelligenc countri coupl cours court courthous courtroom cousin cover coverag coverup coward cower
    coworker crack crackdown cracker craft crampon crap crash crazi craziness cream creas creat creativ creator credential
    credibiliti credit crew crewmen cri crim criminal criminalli crippl crisis criteria critic critical criticalli criticis
    criticism criticiz croni crook cross crossfir crosswalk crowd crown crucial cruciat crud cruelti cruis cruiser crush cry cuf
    cuff culminat culprit cult cultur cumulativ cup cur curb curious currenci current currentli curvi custodi custom customer
    customiz cut cyber cyberattack cybersecuriti cycl dad dairi dam damag damn danc danger dangerous dark darken dash dat data
    databas datacenter daughter dawn day daylight daytim de deadli deadlin deadlock deal dealt dear death debat debt debut decad
    deceas decent deception decid decidedli decision decisiv deck declar declaration declin decorat decre decreas dedicat
    dedication deem deeper deepest deepfak deepli deer default defeat defector defend defendant defender defens defensiv
    defensiveli deficit defin definiteli definition deflect deform defunct degre delay delet deliberat deliberateli deliberation
    delight deliver deliveri delusion demand dementia demo democraci democratization demographic demolish demonstrat demonstration
    demonstrator den deni denial denounc dent dentist depart departur depend deploy deployment deprecat depression depth deputi
    derbi descend describ description desert deserter deserv design designat designer desir desk desperateli despit destination
    destroy destroyer destruction destructiv detail detain detect detection detectiv determin determination detonat devastat
    develop developer development devic devil devis devolv devot dhow diagnos diagnosis dial dialogu diamond dictator dictatorship
    didnt die differenc different difficult difficulti digit digital diligentli dim diminish dinner dioxid dip diplomat direct
    direction directli director directori directth dirt dirti disabl disadvantag disagre disagreement disappear disappearanc
    disappoint disappointment disarm disarray disaster disastrous disciplin disciplinari disclos disclosur discount discover
    discoveri discretionari discuss discussion diseas disengag disgrac disgruntl disguis dishonor disk dismantl dismiss dismissal
    disorderli dispatch dispatcher dispers display disposal disproportionateli disput disrupt disruption dissatisfi dissent
    dissolution dissuad distanc distinct distinction distress distribut distrust distrustful disturb diversifi divert division
    divisional divisiveness divorc divulg dock doctor document documentari dodg dog doggedli dollar domestic domesticalli dominant
    dominat domination don donat door doorman doorway dos doubl doubt doubtful down downfall downfield download downloader
    downplay downstair downtim downtown dozen draconian draft drag drama dramatic dramaticalli drank draw drawn dream dress drew
    drift drill drink drinker driv driven driver dron drop drov drown drug drunk drunken du dual dub duck dud due dump dunk duo
    durabl duration duti dwell dynamic eager earli earlier earn earth earthquak eas easi easier easiest easili eav eavesdrop
    eccentric echo eclips ecologist economi economic edg edgi edit edition editor editorial educat education educator effect
    effectiv effectiveli effectiveness efficient effigi effort egg ego eighth either elaborat elder elderli elect election
    electoral electric electrical electriciti electrifi electronic eleganc element eleventh eligibiliti eligibl eliminat elit els
    elsewher elud elusiv email emanat embarassment embark embarrassment embassi embodi embodiment embrac emc emce emerg emergenci
    emission emotion emotional emotionalli emphasis emphasiz empir employ employe employer empti en enabl enact encompass
    encounter encourag end endear endur enemi energetic energi energiz enforc enforcement engag engin engineer engulf enjoy
    enormous enough ensconc ensur entail enter enterpris entertain entertainer enthusiastic entir entireli entiti entranc entri
    envelop environment environmental environmentalist envision enzym epic epicenter epicentr episod equal equalli equation equip
    equipment equiti equivalent era erect error erupt escalat escap escape escort especialli espionag essential essentialli
    establish estat esteem estimat eternal ethic ethical euro eurozon evacuat evacuation evad evaluat evaluation evangelical eve
    even event eventualli ever everi everybodi everyday everyon everyth everywher evidenc evident evidentli evil evolv ex exact
    exactli examin examination examiner exampl exc exceed exceedingli excellent except exception excess exchang excit exclud
    exclusiv exclusiveli execut execution executiv exempt exercis exhibit exhibition exist exit expand expansion expect
    expectation expens expensiv experienc experiment expert expertis expir explain explanation explicit explod exploit exploitabl
    exploitation explor exploration explosion export expos exposur express expression extend extension extensiv extensiveli extent
    external extinct extinction extinguish extort extortion extra extract extraordinari extrem extremeli eye eyewitness fabulous
    fac facial faciliti fact faction factor factori faculti fad fail failur fairli faith fak fall fallen fallout fals falter fam
    famili familiar famous famousli fan fantasi fantastic far farewell farm farmer fascist fashion fast faster fat fatal fatalli
    father fault faultlin favor favorit favourit fear featur fed federal fee feed feedback feel feet feign fell fellow felon
    feloni femal feminist fend ferri festival festoon fetish feud fewer fiber fibr fibula fiction fid field fifteen fifti fight
    fighter figur fil fill film filmmaker fin final finaliz finalli financ financial financialli find finess finger fingerprint
    finish fir firearm firebomb firefight firefighter firemen firm fiscal fish fisher fishermen fit fix fixtur flag flagship flam
    flar flash flaw fle fled fledgl flew flex flick flight flip flood floor flow flower flowerpot flurri fly focus foe foil folk
    follow fool foot footag football footprint footstep forc forearm forecast forefront forehead foreign foremost forensic
    foreseeabl forest forever forg forget forgotten fork form formal formalli format formation former fornew forth fortun fortunat
    fortunateli forward fought foul found foundation founder fractur fragil frail fram framework franchis fraudulentli fre freak
    freedom freeway freez freighter frequent frequentli fresh freshman friend friendship frigat frighten fring frisk frog front
    frontcourt frontrunner frozen frustrat frustration fuel fugitiv full fulli fum fumbl fun function fund fundamental
    fundamentalli funeral funni furious furnitur furri futur gadget gain galleri gallon gam gambl gang gangland gangster gap garag
    garbag garment garner garter gas gash gasp gat gather gaug gav gay gear gem gender general generalli generat generation genius
    gentl gentleman gentler genuin genuineli gestur get getaway giant gift gig girl girlfriend giv given glad glamorous glamour
    glass glimps glitter glob global glori glov glow go goal godfather goe going gold gon gonna good gotten govern government
    governmental governor governorat grab grac gradualli graduat grand grandchildren grandkid grandmother grandson grant graph
    grapnel grappl grasp grateful gratifi graveli graz great greater greatest greatli greengrocer greenhous greet grenad grew grey
    grief grind grip grist grizzli groin gross ground group grow grown growth guarant guarante guard guess guid guidanc guidelin
    guilt guilti guitar gulli gun gunfir gunman gunpoint gunshot gut guy gym habit habitat hack hacker hadnt hail hair haircut
    half halftim hallway halt hammer hamper hamstr hand handcuf handful handgun handi handl hang happen happi harass harbor hard
    hardball harder hardest hardli hardwar harm harmless harsh hasnt hastili hat hatch hatr haul havent havoc hazard head headi
    headlight headlin headphon headquarter heal health healthcar healthi healthier hear heard heart heartfelt heat heater heavi
    heavili heavyweight hectic hed hefti height heighten heir heist held helicopter hell helm helmet help hemp heritag herniat
    hero heroic heroin hesitant hesitation hid hidden hierarchi high higher highest highli highlight hijack hik hinder hing hip
    hir histori historic historical hit hitman hitter hobbyist hol hold holdout holiday holster hom homeless homer hometown
    homicid homosexualli hon honest honesti honestli honor honorari honore hood hoodi hook hoop hop hopefulli horn horribl
    horrific hos hospic hospital hospitaliz host hostag hostil hot hotel hotli hotspot hottest hound hour hover however hrs http
    hug huh human humor hundr hung hungri hunker hunt hurl hurt husband hush hut hyp hysterical ice icon iconic idea ideal idefens
    identifi identification identiti idolis iflytek ignit ignor ill illegal illness illustrat imag imagin imagination immediat
    immediateli immens immigrant immoral immun immuniti impact impartial imperil impetus implement implementation implicat
    implication importanc important impos impossibl impoverish impress impression impressiv imprison improper improv improvement
    inabiliti inactiv inauguration incarcerat inch incident incit includ incoherentli incom incompetent incomprehension
    inconsistent inconvenienc incorporat increas increasingli incredibl incredibli ind indebt indecenci independent indicat
    indication indicator indict indictment individual industri industrial inevitabl inexperienc infamous infamousli infect infest
    infield infiniteli inflat inflatabl inflict influenc inform informal informant information informer infrastructur infuriat
    initial initialli initiat initiativ inject injection injur injuri injustic ink inmat inner innocenc innocent innovation
    innovativ input inquir inquiri insan insaniti insid insider insidious insight insignificant insist insistenc inspection inspir
    inspiration install installation installment instanc instant instantli instead instill institution instruct instruction
    instrumental insufficientli insur insuranc insurgenci intact integral integrat integration integriti intelligenc intelligent
    intend intens intensifi intensiti intensiv intent intention intentionalli interact interaction interagenci intercept
    interception interest interferenc interim intermission internal international interpretation interrupt intersection interven
    intervention interview intimidat intimidation intoxicat intranet intrigu introduc introduction investigat investigation
    investigativ investigator investment investor invit invok involv involvement inward iphon iron island isolat isolation issu
    item jab jacket jail jaybird jeopardi jeopardiz jersey jewel jeweler jeweller jewelleri jewelri job join joint jointli jok
    jolt jostl journalism journalist joy judg judgment judicial jump jumper jungl junior junta juri juror justic justifi justli
    keen keep kept key keystrok kick kickoff kid kidnap kidney kill killer kilometer kilometr kin kind kindler kingpin kinki kiss
    km kne knew knif knock knockout know knowledg known label labor lack ladder laden ladi laid lam lament lan land landlord
    landmark landscap languag laptop larceni larg largeli larger largest laser lash last lat lateli latenci later latest latter
    laud laugh launch launcher lavish law lawless lawmaker lawman lawsuit lawyer lay layer layout lazi lead leader leadership
    leagu leak leaker lean leaner learn leas least leather leav lector lectur led left leg legaci legal legalli legend legendari
    legislation legislativ legislatur legitimat len lend length lengthi leopard lesbian less let letter leukemia level leverag
    liabl liaison liberal librari licens lie lied lieutenant lif lifestyl lifetim lift ligament light lighten lik likeli limelight
    limit limitation lin linebacker lineman liner lineup linger lingeri link lipstick list listen literari littl liv load loan
    local localization locat location lock lockdown locker log lon long longer longest longtim look loom loophol loos looseli loot
    lopsid loss lost lot loud loung lov low lower loyal loyalist loyalti lucrativ lump lung lur lurk luxuri lying m machin mad
    magazin magic magnitud mail main mainland mainli mainstream maintain maintenanc major majoriti mak maker makeshift makeup mal
    malfunction malicious mall malwar man manag management manager mandat mandatori maneuver mani manner manslaughter manufactur
    manufacturer map marbl marcher margin maritim market marri marriag mask mass massiv master match matchup material matter
    maximum mayb mayor mean meaningful meant meantim measur mechanic mechanism medal media medial medical meet melt member
    membership memo memoir memorabl memorabli memorandum memori men menac meniscus mental mentalli mention mentor mer merchandis
    merchant merci mercifulli mereli mesh mess messag messi met metadata metal meter method metr metro microphon microscopi mid
    midcourt midnight midsection midway mil mileston militari milk million min mind mindful minimal minimiz minimum ministri minor
    minoriti minus minut mirror miscreant miscu misdemeanor miserabl mishandl misidentifi miss mission mistak mistress misus
    mitigat mix mob mobil mobilis mobiliti mobiliz mobilization mobster mod model modern modest modifi molecul mom moment momentum
    money moniker monitor monologu monster montag month monthli mood moot moral morn mostli motel mother motion motiv motivat
    motivation motor motorcycl motorist mountain mourn mouth mov movement movi mow mph much multi multimillion multipl mum mumbl
    mundan municipal murder murderer murderous muscl music musical muster mut mutant mutter mysteri mysterious na nab nak nam
    nameli narcotic narrow narrowli nascent nation nationalli nationwid nativ natur natural naughti nautical ncircl near nearbi
    nearli necessari necessarili neck necklac need negativ negligent negotiat negotiation negotiator neighbor neighborhood
    neighbour neighbourhood neither nephew nerv nervous net network neural neuron neuroscienc neurosurgeon neutraliz never newli
    newlyw news newspaper next nic nicest nicknam night nightcloth nineteen ninth nobodi nod nois nominat nomination nomine non
    nonprofit noon norm normal normaliti normalli northern northwest not notabl notabli notch noth notic notifi notorieti
    notorious novel nt nud nuditi number numerous nurs oath obit object objection objectiv obligat oblivious obscen observ
    observation observer obstacl obstruct obstruction obtain obvious obviousli occasion occasional occasionalli occupation occupi
    occur odd odor offender offens offensiv offer offic officer official officialli offlin offseason offshor often oftentim oh oil
    okay old older oldest omnibus onboard one ongo onlin onto oop ooz op open opener openness operat operation operational
    operator opinion opponent opportun opportuniti oppos opposition oppressiv opt optic optical optimistic optimiz optimization
    option optional orchestra order orderli ordinari ordination organic organis organisation organiz organization organizer
    original originalli orphanag other otherwis ourselv out outag outbid outboard outburst outcom outlet outpour output outrag
    outrun outscor outset outsid outsider outstand overall overcam overcom overhaul overhead overmatch overnight overpower overs
    oversaw overse oversea overshadow overtak overtim overturn overview overwhelm overwhelmingli own owner ownership p pac pack
    packag paid pain paint pair pajama palm pan panel panic panick pant paparazzi paper paralys paralyz paramedic parameter
    paramilitari paranoid pardon parent parishioner park parliament parliamentari parol parole part parti partialli participant
    participat participation particular particularli partli partner partnership partygoer pass passag passenger passer passionat
    password past pastor patch patent path patient patrol patroll patron pattern pav pavement pay payment payoff peac peaceful
    peacefulli peak pebbl pedal pedestrian pellet pelt pen penalti pend penitentiari pension pensioner peopl pepper perceiv
    percent percentag perfect perfection perfectli perform performanc performer perhap perilous perimeter period permanent
    permission permit person personal personaliti personalli personnel perspectiv persuad pertain perversion pesticid pet petition
    petrifi petrol petroleum phantom pharmaci pharmacist phas phenomenon philosophi phish phon photo photograph photographer
    photographi phras physical physicalli physician pick picket pictur piec pierc pil pilot pin pinup pioneer pip pipelin piraci
    pirat piratical pistol pit pitch pitcher pitchfork pivotal pizza plac placement plagu plain plaincloth plaintiff plan plant
    plastic plat platform play player playful playoff plea plead pleas pleasur pledg plenti plot plug plung plus pneumonia pocket
    point pointer poison polar polic policeman policemen polici policymaker politic political politicalli politician poll
    pollution pompadour pompous pool poor poorli pop popular populariti populat population porn pornographi pornographic port
    portal portion portray portrayal pos posh position positiv possess possession possibiliti possibl possibli poster postgam
    postseason pot potato potential potentialli pound pour poverti powder power powerful practic prais pray prayer pre precaution
    preced preciseli precision preclud predat predecessor predict prediction predictiv prefer preferenc pregnant prejudicial
    preliminari premier premis premium prep prepar preparation preseason presenc present presentli preserv presid presidenci
    presidential pressur prestigious presum pretend pretti prevalenc prevent preventabl preventativ prevention previous previousli
    pric priest primari primarili princess principal principl print prior prioriti prison prisoner privaci privat privateli
    privileg priz pro prob probabli probation problem problematic procedur proceed process processor produc producer product
    production productiv productiviti profession professional professionalli professor profil profit profligaci prognosis program
    programm progress prohibition project prominent prominentli promis promot promoter promotion promotional prompt pron pronounc
    proof propell proper properli properti propos proposal prosecut prosecution prosecutor prospect protagonist protect protection
    protest protester protestor protocol proud prov proven provid provider provinc provincial provision provisional provocativ
    provok psychiatric psychiatrist psychologist public publication publicist publiciti publicli publisher pugilist pull pump
    punch punish punishment punitiv punk punt pur purportedli purpos pursu pursuit push put puzzl quak qualifi qualification
    qualiti quantiti quantum quarrel quarter quarterback quarterfinal quest question questionabl quick quickli quiet quieter
    quietli quip quit quot rac racial rack racket racketeer radical radio raft rafter rag raid raider rail rais ralli ram rampag
    ran random rang rank ransom rap rapidli rapist rar rareli rat rather ratifi ratti raw raz reach react reaction read reader
    readi real realiti realiz realli realm reap reappear rear reason reasonabl reasonabli reassur rebell rebellion rebound rebuf
    rebuild rebuilt recall recaptur receipt receiv receiver recent recentli reception receptionist recession recipient reckless
    recklessness reclaim reclus reclusiv recognition recogniz recommend recommendation record recover recruit rector redefin
    redirect reduc reel reelection ref refer refere referenc refinement reflect reform refresh refug refus regain regard
    regardless regim region regional register regret regroup regular regularli regulat regulation regulator regulatori rehab
    rehabilitation rehir reign reignit rein reinforcement reissu reiterat reject rejoin relat relation relationship relativ
    relativeli releas relentless relevant reli reliabl reliabli reliant relief reliev religion religious relinquish reliv relocat
    reluctant remain remainder remand remark remarkabl remedi remember remind reminder remors remot remov removal renal renam
    render renew renovat renown rent reopen rep repair repay repeal repeat repeatedli replac replacement repli report reportedli
    reporter represent representativ repriev republic repuls reput reputation request requir requirement rerout rescind rescu
    rescuer research researcher resembl reserv residenc residenci resident residential resign resignation resist resistanc resolut
    resolution resolv resort respect respond respondent responder respons responsibiliti responsibl rest restart restaurant restor
    restoration restrain restrict result resum resurgenc retail retain retaliation retir retire retirement retreat retriev return
    returner reveal revel revelation revenu reverenc revers reversal review revis revision reviv revival revok revolt revolution
    revolv revolver reward rhythm rich richest ricochet rid ridg ridiculous rifl rig right rightful rim ring riot rioter rip ris
    risk risqu rival road roadblock roam roar robber robberi robot robotic rock rockabilli rocket rod rol roll roller romanc
    romantic romp roof rooftop rooki room root rop ros roster rough roughli round rout routin row royalti rub rubbl ruin rul
    rulemak rumor run runner runoff rural rus rush rusher rut sabotag sack sacrific sad sadden sadness sadomasochistic saf
    safeguard safeli safest safeti saga sail sailor sak sal salari salmon salt salutatorian salvag sampl sanction sanctuari saniti
    sank sat satellit satirist satisfi sav savag savvi saw say scal scam scamper scan scandal scanner scar scen scenario scent
    schedul schem schizophrenia schizophrenic scholarship school schoolboy scienc scientific scientist scoop scor scoreboard
    scoreless scorer scout scrambl scrappi scream screen screenplay scrimmag script scriptural scrutini scrutiniz se sea seaborn
    seafront seal seamstress search season seat second secondari secreci secret secretli section sector secur securiti seductiv
    see seed seek seem seemingli seen seeth segment seismic seismologic seismological seiz seizur select selection self sell
    semiconductor semifinal seminar senator send senior sens senseless sensor sensualiti sent sentenc separat sequel sequelcatch
    sequenc sergeant seri serious seriousli seriousness serv servant servic session set setback settl settlement seventh seventi
    sever several severeli severiti sex sexi sexual sexualiti sexualli shabbi shadow shadowi shak shaken shaki sham shameful shap
    shar shark sharpli shatter shed shell shelter shepherd shield shift shim shin ship shipment sho shock shook shoot shooter shop
    shopper shor short shortag shorten shortli shot shotgun shoulder shouldnt shout show showcas shower shown shrimp shrink shuffl
    shut shutter shuttl shy sibl sid sidelin sidestep sideswip sidewalk sight sign signal signatur significant silenc silent
    silentli silicon silver similar similarli simpl simpli sinc sincer sing singl sink sister sisterhad sit sitcom situat
    situation sixth sixti siz sizeabl skat skeptical skepticism ski skiff skill skip skirmish skyrocket skyscraper slack slain
    slant slash slat slav slay sleep slept slic slid slight slightli slip slipper slop slow slowdown slower slowli slug slugger
    slump small smaller smart smartphon smash smell smil smok smolder smuggl snag snap snappi snapshot snatch sneak sniper sob
    sobrieti soccer social societi soft softwar sold soldier solid solo solution solv somber somebodi someon someth sometim
    somewhat somewher son song soon sooner sophisticat sophomor sor sorri sort sought sound sour sourc southeast southeastern
    southern southpaw southwest spac span spank spar spark spars spat spe speak speci special specialist specializ specialli
    specialti specifi specific specificalli spectacl spectacular speculat speculation sped speech speechwriter speed speedboat
    speedili spell spend spent spik spin spiral spirit spiritual splinter split spok spoken spokesman spokesperson spokeswoman
    sponsor spontaneiti sport spot spotlight spr sprain sprawl spray spre spread spun spur spurn spy squad squander squar squeez
    stab stabiliti stabl staff staffer stag stagger stak stamina stamped stanc stand standard standoff standout standpoint stapl
    star stardom starlet start starter startup stat statement statewid station stationhous statistic statuett statur status stay
    steadfastli steadi steal stealth steam steep steer stem step stick sticki still stimulus stint stir stock stocki stol stolen
    stomp ston stood stop stoppag stor storag storefront stori storm stov str straight strain strang strap strategi strategic
    straw stray streak stream street strength strengthen stress stressful stretch strict strictli strid strif strik strip striv
    strok strong stronger strongest stronghold strongli struck structur struggl stubborn stuck student studi studio stuf stuff
    stumbl stump stun styl sub subdu subject submarin submit subpoena subscriber subsequent subsequentli subsid subsidiari
    substanc substantial substitut substrat subterfug suburb suburban succeed success successful successfulli successiv successor
    succumb sudden suddenli sue suffer suffocat suggest suggestion suicid suit suitabl sum summer summon sunk supercharg
    supermarket supersed superstar supertanker supervis supervision supervisor supplement suppli supplier support supporter
    supportiv suppos supposedli suppress sur sureli surf surfac surfer surg surgeri surnam surpass surpris surprisingli surrender
    surreptitiousli surround surveillanc surviv survival survivor susceptibl suspect suspicion suspicious suspiciousli sustain
    sustainabl swarm swath sway sweep sweepstak sweet sweeten sweetheart swim swimmer swimsuit swing switch swoop sworn symbol
    symbolic sympathetic system systematicalli tab tabl tack tackl tactic tactical tad tag taint tak taken talent talk talki
    talkshow tall talli tank tap target task tast tatter tatto tattoo taught tax teach teacher team teammat tear tearful tearga
    teas technical technician techniqu technologi technological teen teenag teenager teeth telecast telecommunication telegram
    telephon televis television tell temblor temperatur templ temporari temporarili ten tenant tend tens tension tent tentativeli
    tenur term terminal terminat termination terrac terrestrial terribl terribli terrific territori territorial terrorism test
    testifi testimoni thank thankfulli theater theatrical theft them therapi thereafter therebi therefor theyd theyll theyr theyv
    thick thiev thigh thin thing think third thorough thoroughli though thought thousand threat threaten threw thrill thriv
    throughout throw thrown thud thunder thus thwart ticket tie tied tight till tim timber timefram timeli timeout tip tir
    titillat titl today toe together toilet told tolerat toll tomorrow ton tonight took tool toolbox top topic toppl tor torch
    torn torso toss total totalli toth touch touchdown tough toughest tour tourist tournament tow toward tower town townhous toy
    trac track trad tradecraft trademark trader tradition traditional traffic tragedi tragic tragicalli trail train trainer
    traitor transcript transfer transform transit transition translat translation transmit transport transportation trap trash
    trauma traumatic travel traveler travell trawler tre treat treati treatment tremendous tremor trey tri trial tribut trick
    tricki trifecta trifl trigger trilogi trip troubl tru truck truli trust truste trustworthi truth try tsunami tsunamis
    tumultuous tun turf turn turnaround turncoat turnout turnover turtl tux tuxedo tweak tweet twenti twic twin twist tying typ
    typewriter typical typicalli tyranni ubiquitous ultimat ultimateli umbrella unabash unabl unacceptabl unanimous unanimousli
    unanswer unarm unavailabl unawar unbeaten unbelievabl uncertain unclear unconscious unconventional uncooperativ uncover
    undecid undefeat undercard undercover underestimat undergo undergraduat underground underlin undermin underscor undersea
    underserv understand understood undertak underwater underway underwent underworld undeserv undisclos undisput undo undoubtedli
    undraft unemploy unemployment unexpectedli unfair unfold unfortunat unfortunateli unfound unfurl unhappi unharm unidentifi
    uniform uninjur uninsur uniqu unjust unknown unleash unless unlicens unlikeli unload unlock unmark unmask unnam unnecessari
    unorthodox unpatch unpopular unprecedent unprepar unprotect unrealistic unreleas unresponsiv unrest unruli unspecifi unsteadi
    unsuccessful unsur untimeli untouch unusual unwarrant unwit upbring upcom updat upgrad upload upmarket upper upris upscal
    upset upsid upstair urg urgenci urgent urin usabiliti use useful user usher usual usualli utiliz utilization utter utterli
    vacant vacat vacation valid valu valuabl vampir van vanish vari variant varieti various varsiti vast vehementli vehicl
    vehicular veil vein vendor ventilator ventur venu verbal verdict verg verifi versatiliti version vessel vest vet veteran veto
    vic vicious victim victori videolink view viewer vigil vigilant villag villager violat violation violenc violent virtual
    virtualli virus visibli vision visit visitor vital vodka voic void volatil volley volum voluntari voluntarili volunteer vot
    voter vow vs vulnerabiliti vulnerabl wag waist waistband wait waiv wak walk walki walkout wall wan wand wander want ward
    warehous wari warm warn warrant warship wartim wasnt wast watch water waterfront wav way weak weaken wealth weapon wear
    wearabl weather websit wed week weekend weigh weight welcom welfar well wellness went wept werent wet wev whatever wheel
    wheelchair whenever whereabout whether whiff whip whirlwind whistl whol wholesal wholesaler wholesom wholli whov wick wid
    wideli wider widespread widow wield wif wild wildfir will willingness win wind window wing wink winner winter wir wireless
    wiretap wis wisdom wiseli wish withdraw withdrawn witness wo woe woefulli woman women wonder wooden wor word wordplay work
    workaround worker workload workmanlik workplac world worldwid wormabiliti worri worrisom wors worsen worship worst worth
    worthi wouldnt wound wrack wrap wreak wreck wrest wrestl wrist writ writer written wrong wrongdo wrot www yank yard yd year
    yell yellow yesterday yet young younger youngster your yourself youth youthful youv zon
"""
