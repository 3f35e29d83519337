"""Words that the passwords most often met are made of: what attackers try first. In lower case and Latin letters only,
since the rules let no others through. ``passwords.py`` tells how they are used."""

from __future__ import annotations

from typing import Final

_ENGLISH = """
password passwort passwd pass pwd parol secret private secure security access login logon signin account admin
administrator root superuser user username guest test tester testing demo sample example default changeme change temp
temporary welcome hello letmein enter open master manager owner office company computer server internet network system
windows linux google facebook twitter instagram youtube whatsapp telegram vkontakte yandex microsoft apple android
samsung nokia iphone
love iloveyou loveyou lovely lover sweet sweety baby babygirl honey angel angels princess prince queen king kings lady
girl boy mother father mommy daddy family friend friends forever always never
sunshine sunny summer winter spring autumn january february march april june july august september october november
december monday tuesday wednesday thursday friday saturday sunday
dragon monkey tiger lion eagle falcon shark wolf bear panda kitty kitten puppy horse pony bunny rabbit butterfly
flower rose lily daisy cherry banana orange apple lemon cookie cheese chocolate coffee pepper ginger sugar
football soccer hockey basketball baseball tennis chelsea arsenal liverpool barcelona juventus spartak zenit dynamo
shakhtar champion winner player gamer game games pokemon mario zelda minecraft starwars matrix batman superman
spiderman ironman hunter killer ranger warrior ninja pirate ghost shadow phoenix thunder storm lightning fire water
star stars moon galaxy planet world heaven hell devil demon jesus christ freedom liberty peace power energy electric
electricity money dollar euro rich lucky happy smile magic dream dreams mustang ferrari porsche mercedes toyota honda
nissan harley corvette camaro jaguar yamaha suzuki
michael jordan jessica ashley amanda jennifer michelle nicole daniel andrew joshua matthew thomas robert william
charles richard george henry edward james john david kevin brian jason justin brandon hannah emily sarah laura linda
barbara elizabeth maria anna diana victoria sophia olivia alexander alexandra max maxim martin peter paul simon oscar
charlie buster maggie bailey
russia russian moscow ukraine kyiv kiev london paris berlin america canada europe
whatever trustno nothing something anything blahblah fuckyou asshole bitch starter passphrase
"""
# Russian and Ukrainian words in Latin letters.
_TRANSLITERATED = """
parol privet poka lubov lyubov lubimaya lyubimaya lubimyi solnce solnyshko zayka zaika kotik kotenok koshka sobaka
mama papa mamapapa babushka semya druzhba druzya schastye schastie udacha zhizn svoboda mir rossiya rossia russkiy
ukraina ukraine moskva kiev kyiv kharkiv odessa lviv dnipro donetsk piter peterburg leningrad ekaterinburg sverdlovsk
chelyabinsk chelyaba perm omsk samara kazan ufa novosibirsk tyumen magnitogorsk miass kopeysk ural sibir zlatoust
krasotka princessa koroleva carevna vesna leto osen zima yanvar fevral mart aprel may iyun iyul avgust sentyabr
oktyabr noyabr dekabr ponedelnik pyatnitsa
alexey aleksey alexei aleksei aleksandr alexandr aleksandra sasha shura sanya anastasia anastasiya nastya nastia
andrey andrei andrii anna anya anton artem artur boris bogdan valentina valera valeriy vasya vasily vera veronika vika
viktor viktoria vitaly vitalik vlad vladimir vladislav volodya volodymyr galina gena georgy gleb grigory grisha
dasha darya daria denis dima dmitry dmitriy dmytro ekaterina katya katerina kateryna elena lena olena eva evgeny
zhenya zhanna ivan vanya igor ihor ilya inna irina iryna ira karina kirill konstantin kostya kristina ksenia ksusha
larisa lesya lida lilia ludmila lyuba lyuda lyudmila maksim margarita rita marina masha mariya mikhail misha mykola
nadezhda nadya natalia nataly natasha nikita nikolay kolya nina oksana oleg oleh olga olya pavel pasha petr petro
polina roman roma ruslan sveta svetlana semen sergey sergei serhii serega slava sofia stanislav stas stepan taisia
tamara tanya tatiana tetiana timur tolik uliana fedor yulia julia yuliya yura yuri yuriy yaroslav yana taras
dinamo lokomotiv cska spartak zenit shahter metallurg traktor
"""
# Russian words typed with the Latin layout switched on.
_OTHER_LAYOUT = """
gfhjkm ghbdtn k.,jdm k.,bvfz cjkysirj cjkywt rjntyjr rjirf cj,frf vfvf gfgf vfvfgfgf ,f,eirf ctvmz lhe;,f elfxf
hjccbz vjcrdf erhfbyf rbtd gbnth xtkz,bycr trfnthby,ehu
yfnfif fylhtq cthutq ctht;f cfif vfhbyf jkmuf jrcfyf tktyf bhbyf cdtnf cdtnkfyf dbrnjhbz dbrf rfnz nfyz fyyf
fyz vfif yfcnz yfcntymrf lfif .kbz vfrcbv lbvf lvbnhbq fktrctq fktrcfylh bdfy vbif yb(rbnf ybrbnf hjvfy lfybk
fhntv bkmz gfdtk gfif jktu bujh ktyf
ghbywtccf rhfcjnrf kjkbnf pfqrf pfxtv gjxtve ytpyf. gfhjkm1 rkfdbfnehf
"""

WORDS: Final = frozenset(f"{_ENGLISH} {_TRANSLITERATED} {_OTHER_LAYOUT}".split())
