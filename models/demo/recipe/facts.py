"""Hand-written knowledge tables for the demo corpus (own work, no third-party text)."""

CAPITALS = """France:Paris:Europe:French
Germany:Berlin:Europe:German
Italy:Rome:Europe:Italian
Spain:Madrid:Europe:Spanish
Portugal:Lisbon:Europe:Portuguese
England:London:Europe:English
the United Kingdom:London:Europe:English
Ireland:Dublin:Europe:English
Scotland:Edinburgh:Europe:English
Austria:Vienna:Europe:German
Switzerland:Bern:Europe:German
Belgium:Brussels:Europe:Dutch
the Netherlands:Amsterdam:Europe:Dutch
Denmark:Copenhagen:Europe:Danish
Norway:Oslo:Europe:Norwegian
Sweden:Stockholm:Europe:Swedish
Finland:Helsinki:Europe:Finnish
Poland:Warsaw:Europe:Polish
Greece:Athens:Europe:Greek
Hungary:Budapest:Europe:Hungarian
Romania:Bucharest:Europe:Romanian
Bulgaria:Sofia:Europe:Bulgarian
Ukraine:Kyiv:Europe:Ukrainian
Russia:Moscow:Europe:Russian
Turkey:Ankara:Asia:Turkish
the Czech Republic:Prague:Europe:Czech
Croatia:Zagreb:Europe:Croatian
Serbia:Belgrade:Europe:Serbian
Iceland:Reykjavik:Europe:Icelandic
Japan:Tokyo:Asia:Japanese
China:Beijing:Asia:Chinese
India:New Delhi:Asia:Hindi
South Korea:Seoul:Asia:Korean
Thailand:Bangkok:Asia:Thai
Vietnam:Hanoi:Asia:Vietnamese
Indonesia:Jakarta:Asia:Indonesian
Malaysia:Kuala Lumpur:Asia:Malay
the Philippines:Manila:Asia:Filipino
Singapore:Singapore:Asia:English
Nepal:Kathmandu:Asia:Nepali
Pakistan:Islamabad:Asia:Urdu
Iran:Tehran:Asia:Persian
Iraq:Baghdad:Asia:Arabic
Saudi Arabia:Riyadh:Asia:Arabic
Egypt:Cairo:Africa:Arabic
Morocco:Rabat:Africa:Arabic
Kenya:Nairobi:Africa:Swahili
Ethiopia:Addis Ababa:Africa:Amharic
Ghana:Accra:Africa:English
Nigeria:Abuja:Africa:English
Australia:Canberra:Oceania:English
New Zealand:Wellington:Oceania:English
Canada:Ottawa:North America:English
the United States:Washington, D.C.:North America:English
Mexico:Mexico City:North America:Spanish
Cuba:Havana:North America:Spanish
Brazil:Brasilia:South America:Portuguese
Argentina:Buenos Aires:South America:Spanish
Chile:Santiago:South America:Spanish
Peru:Lima:South America:Spanish
Colombia:Bogota:South America:Spanish
Uruguay:Montevideo:South America:Spanish"""
# animal : kind : sound verb phrase : baby : legs : food : home
ANIMALS = """dog:mammal:barks, "Woof!":puppy:four:meat and dog food:a house with people
cat:mammal:says, "Meow!":kitten:four:fish and meat:a house with people
cow:mammal:says, "Moo!":calf:four:grass:a farm
sheep:mammal:says, "Baa!":lamb:four:grass:a farm
goat:mammal:bleats:kid:four:grass and leaves:a farm
pig:mammal:says, "Oink!":piglet:four:corn and vegetables:a farm
horse:mammal:neighs:foal:four:grass and hay:a farm
duck:bird:says, "Quack!":duckling:two:plants and small bugs:a pond
chicken:bird:clucks:chick:two:seeds and bugs:a farm
owl:bird:says, "Hoot!":owlet:two:mice and small animals:a tree in the forest
eagle:bird:screeches:eaglet:two:fish and small animals:a nest high in the mountains
penguin:bird:squawks:chick:two:fish:the cold south
parrot:bird:squawks and can copy words:chick:two:fruit and seeds:the rainforest
lion:mammal:roars:cub:four:meat:the grasslands of Africa
tiger:mammal:roars:cub:four:meat:the forests of Asia
bear:mammal:growls:cub:four:berries, fish and honey:the forest
wolf:mammal:howls:pup:four:meat:the forest
fox:mammal:barks and yips:cub:four:mice, birds and berries:a den in the forest
rabbit:mammal:makes very little noise:kit:four:grass and carrots:a burrow
mouse:mammal:squeaks:pup:four:seeds and cheese:a small hole
elephant:mammal:trumpets:calf:four:leaves and grass:Africa and Asia
giraffe:mammal:hums softly:calf:four:leaves from tall trees:the grasslands of Africa
monkey:mammal:chatters:infant:four:fruit and leaves:the trees of the rainforest
zebra:mammal:barks and snorts:foal:four:grass:the grasslands of Africa
kangaroo:mammal:makes clicking sounds:joey:four:grass:Australia
koala:mammal:grunts:joey:four:eucalyptus leaves:Australia
whale:mammal:sings:calf:no:krill and small fish:the ocean
dolphin:mammal:clicks and whistles:calf:no:fish:the ocean
shark:fish:is silent:pup:no:fish:the ocean
salmon:fish:is silent:fry:no:small fish and bugs:rivers and the ocean
frog:amphibian:says, "Ribbit!":tadpole:four:insects:a pond
snake:reptile:hisses:snakelet:no:mice and eggs:grass, forests and deserts
turtle:reptile:is very quiet:hatchling:four:plants and small animals:ponds and the sea
crocodile:reptile:growls:hatchling:four:fish and meat:rivers
lizard:reptile:is very quiet:hatchling:four:insects:warm and dry places
bee:insect:buzzes:larva:six:nectar and pollen:a hive
ant:insect:is very quiet:larva:six:seeds and sweet things:an ant hill
butterfly:insect:is silent:caterpillar:six:nectar from flowers:gardens and fields
spider:arachnid:is silent:spiderling:eight:insects:a web
camel:mammal:groans:calf:four:dry grass and plants:the desert
polar bear:mammal:growls:cub:four:seals:the cold Arctic
squirrel:mammal:chatters:kit:four:nuts and seeds:a tree
hedgehog:mammal:snuffles:hoglet:four:worms and bugs:gardens and forests
bat:mammal:squeaks:pup:two:insects and fruit:caves
octopus:sea animal:is silent:hatchling:eight arms and no:crabs and fish:the ocean
snail:mollusk:is silent:hatchling:no:leaves:the garden
panda:mammal:bleats:cub:four:bamboo:the forests of China
deer:mammal:grunts softly:fawn:four:grass and leaves:the forest
swan:bird:hisses and honks:cygnet:two:water plants:lakes
goose:bird:honks:gosling:two:grass and seeds:ponds and farms"""
OPPOSITES = "hot:cold big:small tall:short fast:slow happy:sad up:down left:right day:night open:closed full:empty hard:soft wet:dry young:old new:old rich:poor strong:weak light:heavy bright:dark early:late loud:quiet clean:dirty good:bad easy:difficult near:far high:low thick:thin wide:narrow deep:shallow rough:smooth sweet:sour true:false right:wrong begin:end start:stop push:pull win:lose give:take buy:sell laugh:cry love:hate inside:outside above:below before:after first:last always:never awake:asleep alive:dead brave:afraid kind:mean polite:rude safe:dangerous sharp:dull straight:crooked summer:winter north:south east:west black:white yes:no come:go enter:leave remember:forget find:lose cheap:expensive beautiful:ugly clever:foolish noisy:quiet lazy:busy".split()
COLORS = {
    "the sky": "blue",
    "grass": "green",
    "snow": "white",
    "a banana": "yellow",
    "an orange": "orange",
    "a strawberry": "red",
    "coal": "black",
    "milk": "white",
    "a carrot": "orange",
    "a lemon": "yellow",
    "the sun": "yellow",
    "a fire truck": "red",
    "chocolate": "brown",
    "a cloud": "white",
    "blood": "red",
    "a leaf": "green",
    "a frog": "green",
    "an elephant": "gray",
    "a tomato": "red",
    "a cherry": "red",
    "the sea": "blue",
    "a pig": "pink",
    "a flamingo": "pink",
    "a cucumber": "green",
    "an eggplant": "purple",
    "a pumpkin": "orange",
    "broccoli": "green",
    "a polar bear": "white",
    "a crow": "black",
    "sand": "yellow",
    "a blueberry": "blue",
    "a grape": "purple or green",
    "an apple": "red or green",
    "a rose": "often red",
    "peas": "green",
    "salt": "white",
    "gold": "yellow",
    "wood": "brown",
}
PLURALS = "child:children mouse:mice foot:feet tooth:teeth man:men woman:women person:people goose:geese leaf:leaves wolf:wolves knife:knives baby:babies city:cities story:stories box:boxes fox:foxes bus:buses dish:dishes cat:cats dog:dogs book:books tree:trees house:houses sheep:sheep fish:fish deer:deer potato:potatoes tomato:tomatoes apple:apples star:stars berry:berries family:families watch:watches life:lives wife:wives half:halves shelf:shelves ox:oxen hero:heroes day:days key:keys party:parties cherry:cherries".split()
PAST = "go:went run:ran eat:ate see:saw take:took give:gave make:made come:came find:found think:thought buy:bought bring:brought sing:sang swim:swam write:wrote read:read sleep:slept speak:spoke break:broke fly:flew grow:grew know:knew drink:drank drive:drove fall:fell feel:felt forget:forgot get:got hear:heard hide:hid hold:held keep:kept leave:left lose:lost meet:met play:played walk:walked jump:jumped help:helped say:said sell:sold send:sent sit:sat stand:stood teach:taught tell:told throw:threw win:won build:built catch:caught choose:chose draw:drew ride:rode".split()
NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
MONTHDAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
PLANETS = "Mercury Venus Earth Mars Jupiter Saturn Uranus Neptune".split()
SHAPES = {
    "a triangle": "three",
    "a square": "four",
    "a rectangle": "four",
    "a pentagon": "five",
    "a hexagon": "six",
    "an octagon": "eight",
}
UNITS = [
    ("seconds", "a minute", "60"),
    ("minutes", "an hour", "60"),
    ("hours", "a day", "24"),
    ("days", "a week", "7"),
    ("days", "a year", "365"),
    ("months", "a year", "12"),
    ("weeks", "a year", "52"),
    ("years", "a century", "100"),
    ("years", "a decade", "10"),
    ("centimeters", "a meter", "100"),
    ("meters", "a kilometer", "1000"),
    ("grams", "a kilogram", "1000"),
    ("letters", "the English alphabet", "26"),
    ("seasons", "a year", "4"),
    ("legs on", "a spider", "8"),
    ("legs on", "an insect", "6"),
    ("wheels on", "a bicycle", "2"),
    ("wheels on", "a car", "4"),
    ("wheels on", "a tricycle", "3"),
    ("fingers on", "one hand", "5"),
    ("eggs", "a dozen", "12"),
    ("planets", "our solar system", "8"),
    ("continents", "the world", "7"),
    ("colors", "a rainbow", "7"),
    ("strings on", "a violin", "4"),
    ("strings on", "a guitar", "6"),
    ("players on", "a soccer team", "11"),
    ("cents", "a dollar", "100"),
    ("sides on", "a coin", "2"),
    ("bits", "a byte", "8"),
    ("minutes", "half an hour", "30"),
    ("bones in", "an adult human body", "206"),
    ("hearts in", "the human body", "1"),
    ("legs on", "a dog", "4"),
    ("tentacles or arms on", "an octopus", "8"),
]
JOBS = """baker:bakes bread, cakes and pastries:a bakery
teacher:helps children learn at school:a school
doctor:helps sick people get better:a hospital or a clinic
nurse:takes care of sick people:a hospital
farmer:grows plants and takes care of animals:a farm
firefighter:puts out fires and saves people:a fire station
police officer:keeps people safe:a police station
chef:cooks meals in a restaurant:a kitchen
pilot:flies airplanes:an airplane
driver:drives a car, a bus or a truck:the road
dentist:takes care of teeth:a dental clinic
writer:writes books and stories:a desk with a pen or a computer
painter:paints pictures or walls:a studio
singer:sings songs for people:a stage
musician:plays music:a stage or a studio
scientist:studies how the world works:a laboratory
astronaut:travels into space:a spaceship
carpenter:makes things out of wood:a workshop
plumber:fixes pipes and taps:homes and buildings
mechanic:fixes cars and machines:a garage
librarian:takes care of books and helps readers:a library
gardener:takes care of plants and flowers:a garden
fisherman:catches fish:a boat
tailor:makes and mends clothes:a shop
shopkeeper:sells things in a shop:a shop
programmer:writes software for computers:an office
engineer:designs and builds machines, roads and bridges:an office or a workshop
vet:helps sick animals get better:an animal clinic
judge:decides cases in a court:a court
waiter:brings food and drinks to guests:a restaurant
postman:brings letters and parcels:the post office and the street
photographer:takes pictures with a camera:a studio or outdoors
architect:plans and draws buildings:an office
builder:builds houses and bridges:a building site"""
OBJECTS_USE = """spoon:eat soup and stir tea
fork:pick up food
knife:cut food
umbrella:stay dry in the rain
key:open a lock
clock:tell the time
lamp:give light in the dark
pillow:rest your head when you sleep
blanket:keep warm
towel:dry your body or your hands
soap:wash and clean things
toothbrush:clean your teeth
comb:tidy your hair
mirror:see yourself
scissors:cut paper and cloth
pencil:write and draw
eraser:rub out pencil marks
ruler:measure short lengths and draw straight lines
broom:sweep the floor
bucket:carry water
ladder:climb up to high places
hammer:hit nails
saw:cut wood
needle:sew cloth
oven:bake bread and cakes
fridge:keep food cold and fresh
kettle:boil water
plate:hold food
cup:drink tea, milk or water
bag:carry things
map:find your way
compass:find north
telescope:look at the stars
microscope:see very small things
thermometer:measure temperature
calendar:see the days and months of the year
phone:talk to people who are far away
computer:work, write, play and find information
camera:take pictures
bicycle:ride from place to place
boat:travel on water
bridge:cross a river
tent:sleep outdoors
rope:tie and pull things
shovel:dig holes
glasses:see more clearly
gloves:keep your hands warm
boots:keep your feet dry and warm
hat:keep your head warm or shaded
wallet:keep money and cards
stamp:pay for sending a letter
candle:give light with a small flame
dictionary:find the meaning of words
calculator:do sums quickly
router:connect a home to the internet
keyboard:type text into a computer"""
DEFS = """rain:Rain is water that falls from clouds in small drops.
snow:Snow is frozen water that falls from clouds as soft white flakes.
ice:Ice is water that has frozen and become solid.
a cloud:A cloud is made of very small drops of water floating in the sky.
wind:Wind is air that moves.
the sun:The sun is a star. It gives the Earth light and heat.
the moon:The moon is a round body of rock that travels around the Earth.
a star:A star is a huge ball of hot, glowing gas far away in space.
a planet:A planet is a large round body that travels around a star.
a rainbow:A rainbow is an arc of seven colors in the sky. It appears when sunlight shines through rain.
thunder:Thunder is the loud sound that follows lightning.
lightning:Lightning is a bright flash of electricity in the sky.
a volcano:A volcano is a mountain from which hot melted rock can come out.
an earthquake:An earthquake is a shaking of the ground.
a river:A river is a long stream of water that flows to a lake or to the sea.
a lake:A lake is a large area of water with land all around it.
an ocean:An ocean is a very large area of salt water.
an island:An island is a piece of land with water all around it.
a desert:A desert is a dry place where very little rain falls.
a forest:A forest is a large area of land covered with trees.
a mountain:A mountain is a very high piece of land.
a tree:A tree is a tall plant with a trunk, branches and leaves.
a flower:A flower is the colorful part of a plant. It makes seeds.
a seed:A seed is a small part of a plant from which a new plant can grow.
fruit:Fruit is the sweet part of a plant that holds the seeds, such as an apple or a pear.
a vegetable:A vegetable is a plant that we eat, such as a carrot or a cabbage.
an insect:An insect is a small animal with six legs and a body in three parts.
a mammal:A mammal is an animal that feeds its babies with milk and usually has hair or fur.
a bird:A bird is an animal with feathers, wings and a beak.
a reptile:A reptile is an animal with dry, scaly skin, such as a snake or a lizard.
a fish:A fish is an animal that lives in water and breathes with gills.
a dinosaur:A dinosaur was a reptile that lived millions of years ago. Dinosaurs are now extinct.
electricity:Electricity is a form of energy. It powers lamps, machines and computers.
energy:Energy is the ability to do work or to make things move.
gravity:Gravity is the force that pulls things toward the Earth. It makes things fall down.
a magnet:A magnet is a piece of metal that attracts iron.
heat:Heat is energy that makes things warm.
light:Light is energy that we can see.
sound:Sound is a vibration that travels through the air to our ears.
air:Air is the mixture of gases that we breathe.
oxygen:Oxygen is a gas in the air. People and animals need it to live.
water:Water is a clear liquid. All living things need it.
fire:Fire is the heat and light that come from burning things.
salt:Salt is a white substance that we use to give food flavor.
sugar:Sugar is a sweet substance made from plants.
bread:Bread is a food made from flour, water and yeast. It is baked in an oven.
cheese:Cheese is a food made from milk.
honey:Honey is a sweet liquid made by bees.
a computer:A computer is a machine that can store information and follow instructions very quickly.
the internet:The internet is a network that connects computers all over the world.
a robot:A robot is a machine that can do some jobs by itself.
software:Software is the set of programs that run on a computer.
a program:A program is a list of instructions for a computer.
a database:A database is an organized collection of information on a computer.
a password:A password is a secret word that protects an account.
an email:An email is a message sent from one computer to another.
a language model:A language model is a computer program that has learned from text and can write new text.
a neural network:A neural network is a computer model made of many simple connected units that learn from examples.
a mixture of experts:A mixture of experts is a neural network with many small parts, called experts. A router picks a few experts for each word, so only a part of the network works at a time.
an expert in a mixture-of-experts model:An expert is one of the small networks inside the model. The router sends each token to only a few of them.
a router in a mixture-of-experts model:The router is a small layer that decides which experts should handle each token.
a token:A token is a small piece of text, such as a word or a part of a word.
an algorithm:An algorithm is a list of steps for solving a problem.
artificial intelligence:Artificial intelligence is the science of making computers do things that seem smart.
a book:A book is a set of pages with words or pictures.
a library:A library is a place where you can read and borrow books.
a school:A school is a place where children learn.
a hospital:A hospital is a place where doctors and nurses help sick people.
a museum:A museum is a place where you can see old, rare or interesting things.
a market:A market is a place where people buy and sell things.
money:Money is what we use to buy things.
a bank:A bank is a place that keeps money safe and lends money.
a friend:A friend is a person you like and trust.
a family:A family is a group of people who are related and care for each other.
a holiday:A holiday is a day when people rest and celebrate.
a birthday:A birthday is the day of the year when a person was born.
music:Music is sound arranged in a way that is pleasant or interesting.
a poem:A poem is a piece of writing with rhythm and often with rhyme.
a story:A story tells about people and events, real or made up.
a map:A map is a drawing that shows where places are.
a city:A city is a large place where many people live and work.
a village:A village is a small place in the country where people live.
a country:A country is an area of land with its own government.
a king:A king is a man who rules a country.
a queen:A queen is a woman who rules a country or the wife of a king.
a train:A train is a line of connected cars that moves on rails.
an airplane:An airplane is a machine with wings that flies through the air.
a ship:A ship is a large boat that travels on the sea.
a rocket:A rocket is a machine that can fly into space.
a telescope:A telescope is a tool that makes faraway things look closer.
kindness:Kindness means being friendly and helpful to others.
courage:Courage means doing the right thing even when you are afraid.
honesty:Honesty means telling the truth.
patience:Patience means staying calm while you wait.
friendship:Friendship is a warm bond between people who like and trust each other.
a refund:A refund is money that a shop gives back to a customer.
an invoice:An invoice is a bill that shows what a customer has to pay.
a warranty:A warranty is a promise to repair or replace a product if it breaks.
a receipt:A receipt is a piece of paper or an email that shows what you paid.
math:Math is the study of numbers, shapes and how they work.
history:History is the study of what happened in the past.
science:Science is the study of the world through observation and experiments.
geography:Geography is the study of the Earth and its places.
a triangle:A triangle is a shape with three sides.
a circle:A circle is a perfectly round shape.
a square:A square is a shape with four equal sides.
zero:Zero is the number that means nothing. It comes before one.
an even number:An even number can be divided by two without anything left over, such as 2, 4 or 6.
an odd number:An odd number cannot be divided by two evenly, such as 1, 3 or 5."""
WHYS = """Why is the sky blue?:The sky looks blue because air scatters blue light from the sun more than other colors.
Why do leaves fall in autumn?:Leaves fall in autumn because trees save water and energy for the cold winter.
Why do we sleep?:We sleep because our body and brain need rest. Sleep helps us grow and learn.
Why do birds fly south?:Many birds fly south in winter to find food and warm weather.
Why is the sea salty?:The sea is salty because rivers carry small amounts of salt from rocks into it.
Why do we need water?:We need water because our body is mostly made of water and cannot work without it.
Why do cats purr?:Cats often purr when they are happy and relaxed.
Why do dogs wag their tails?:Dogs wag their tails to show how they feel. Often it means they are happy.
Why does ice float?:Ice floats because it is lighter than the same amount of water.
Why do we brush our teeth?:We brush our teeth to keep them clean and healthy.
Why do we wash our hands?:We wash our hands to remove dirt and germs so that we do not get sick.
Why is exercise good?:Exercise is good because it keeps the heart, the muscles and the mind healthy.
Why do plants need sunlight?:Plants need sunlight to make their own food.
Why do bees visit flowers?:Bees visit flowers to collect nectar and pollen.
Why is reading important?:Reading is important because it helps us learn new things and new words.
Why do we have seasons?:We have seasons because the Earth is tilted while it travels around the sun.
Why does the moon shine?:The moon shines because it reflects light from the sun.
Why do people wear coats?:People wear coats to keep warm in cold weather.
Why should we recycle?:We should recycle to make less waste and to protect nature.
Why are trees important?:Trees are important because they clean the air, give shade and are a home for animals.
Why do we eat vegetables?:We eat vegetables because they give us vitamins and keep us healthy.
Why do we need friends?:We need friends because they help us, listen to us and make life happier.
Why do we say thank you?:We say thank you to show that we are grateful.
Why is honesty important?:Honesty is important because people can trust someone who tells the truth.
How do fish breathe?:Fish breathe with gills. The gills take oxygen from the water.
How do birds fly?:Birds fly by flapping their wings. Their bodies are light and their feathers push the air.
How do plants drink?:Plants drink water through their roots.
How does a plant grow?:A plant grows from a seed. It needs soil, water, air and sunlight.
How is bread made?:Bread is made from flour, water, salt and yeast. The dough rises and is baked in an oven.
How is paper made?:Paper is usually made from wood. The wood is turned into a soft pulp, pressed flat and dried.
How do bees make honey?:Bees collect nectar from flowers and turn it into honey inside the hive.
How does a boat float?:A boat floats because it pushes water away and the water pushes it up.
How do we hear?:Sound makes small parts inside the ear move, and the brain understands it as sound.
How do we see?:Light enters our eyes and the brain turns it into pictures.
How does a language model work?:A language model reads your text as tokens and predicts the next token again and again.
How does a mixture-of-experts model work?:A router looks at each token and picks a few experts. Only these experts do the work, so the model is fast for its size.
How many experts do you use?:My router picks two experts for each token in every layer.
Where does the sun rise?:The sun rises in the east.
Where does the sun set?:The sun sets in the west.
Where does milk come from?:Milk comes from cows and other mammals.
Where do eggs come from?:The eggs we eat usually come from hens.
Where does honey come from?:Honey comes from bees.
Where does wool come from?:Wool comes from sheep.
Where does rain come from?:Rain comes from clouds.
Where does wood come from?:Wood comes from trees.
Who wrote Romeo and Juliet?:Romeo and Juliet was written by William Shakespeare.
Who wrote Hamlet?:Hamlet was written by William Shakespeare.
Who painted the Mona Lisa?:The Mona Lisa was painted by Leonardo da Vinci.
Who was the first person on the moon?:Neil Armstrong was the first person to walk on the moon, in 1969.
Who discovered gravity?:Isaac Newton described the law of gravity.
Who was Albert Einstein?:Albert Einstein was a famous scientist who studied space, time and light.
Who was Isaac Newton?:Isaac Newton was a famous scientist who described gravity and motion.
Who was Marie Curie?:Marie Curie was a famous scientist who studied radioactivity.
Who was Shakespeare?:William Shakespeare was a famous English writer of plays and poems.
Who was Mozart?:Mozart was a famous composer from Austria.
Who invented the telephone?:Alexander Graham Bell is known for inventing the telephone.
Who invented the light bulb?:Thomas Edison is known for making the first practical light bulb.
Who was Charles Darwin?:Charles Darwin was a scientist who described how living things change over time.
What is the largest planet?:Jupiter is the largest planet in our solar system.
What is the smallest planet?:Mercury is the smallest planet in our solar system.
Which planet is closest to the sun?:Mercury is the planet closest to the sun.
Which planet is known as the red planet?:Mars is known as the red planet.
Which planet do we live on?:We live on the planet Earth.
What is the largest ocean?:The Pacific Ocean is the largest ocean on Earth.
What is the longest river?:The Nile is often called the longest river in the world.
What is the highest mountain?:Mount Everest is the highest mountain in the world.
What is the largest animal?:The blue whale is the largest animal in the world.
What is the fastest land animal?:The cheetah is the fastest land animal.
What is the tallest animal?:The giraffe is the tallest animal in the world.
What is the largest country?:Russia is the largest country in the world.
What is the smallest country?:Vatican City is the smallest country in the world.
What is the largest continent?:Asia is the largest continent.
What is the largest desert?:The Sahara is the largest hot desert in the world.
What is the chemical formula of water?:The chemical formula of water is H2O.
What gas do we breathe?:We breathe air, and our body uses the oxygen in it.
What do plants need to grow?:Plants need sunlight, water, air and soil to grow.
At what temperature does water boil?:Water boils at 100 degrees Celsius.
At what temperature does water freeze?:Water freezes at 0 degrees Celsius.
What is the speed of light?:Light travels at about 300,000 kilometers per second.
What is the first letter of the alphabet?:The first letter of the alphabet is A.
What is the last letter of the alphabet?:The last letter of the alphabet is Z.
What are the primary colors?:The primary colors are red, yellow and blue.
What color do you get when you mix blue and yellow?:When you mix blue and yellow, you get green.
What color do you get when you mix red and yellow?:When you mix red and yellow, you get orange.
What color do you get when you mix red and blue?:When you mix red and blue, you get purple.
What color do you get when you mix black and white?:When you mix black and white, you get gray.
What are the four seasons?:The four seasons are spring, summer, autumn and winter.
What are the days of the week?:The days of the week are Monday, Tuesday, Wednesday, Thursday, Friday, Saturday and Sunday.
What are the months of the year?:The months of the year are January, February, March, April, May, June, July, August, September, October, November and December.
What are the planets?:The planets are Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus and Neptune.
What are the continents?:The continents are Africa, Antarctica, Asia, Europe, North America, Oceania and South America.
What are the five senses?:The five senses are sight, hearing, smell, taste and touch.
What are vowels?:The vowels in English are A, E, I, O and U.
What is the capital of the moon?:The moon has no capital. Nobody lives there.
Can fish fly?:Most fish cannot fly, but some fish can jump and glide above the water.
Can penguins fly?:No, penguins cannot fly. They are very good swimmers.
Is the earth flat?:No, the Earth is round like a ball.
Is the sun a star?:Yes, the sun is a star.
Is a whale a fish?:No, a whale is a mammal. It breathes air.
Is a bat a bird?:No, a bat is a mammal.
Is a spider an insect?:No, a spider is an arachnid. It has eight legs.
Is a tomato a fruit?:Yes, a tomato is a fruit, but we often use it as a vegetable.
Do dogs like to play?:Yes, most dogs love to play.
Do cats like water?:Most cats do not like water.
How can I sleep better?:Go to bed at the same time every day, keep the room dark and quiet, and put your phone away before bed.
How can I learn English?:Practice a little every day. Read simple books, listen to songs and speak with other people.
How can I make friends?:Smile, say hello, listen to others and be kind.
How can I be happy?:Spend time with people you love, move your body, rest well and do things you enjoy.
How can I save money?:Make a list before you shop, buy only what you need and put a little money aside every month.
How can I stay healthy?:Eat fruit and vegetables, drink water, move every day and sleep well.
How can I study better?:Study in a quiet place, make short notes, take small breaks and sleep well.
How can I save energy?:Turn off lights that you do not need and close the windows when the heating is on.
How do I stay safe online?:Use strong passwords, do not share private data and do not open strange links.
What should I eat for breakfast?:You could eat bread with cheese, porridge with fruit, or eggs with toast.
What should I eat for lunch?:You could eat soup with bread, a salad, or rice with vegetables.
What should I eat for dinner?:You could eat pasta with tomato sauce, fish with potatoes, or vegetable soup.
What should I do on a rainy day?:You could read a book, draw a picture, bake cookies or play a board game.
What should I do on a sunny day?:You could go for a walk, ride a bicycle, have a picnic or swim.
What should I do when I am bored?:You could read a book, call a friend, go for a walk or draw a picture.
What should I do when I am sad?:You could talk to a friend, take a walk or listen to music. It is all right to feel sad sometimes.
What should I do when I am tired?:You should rest, drink some water and go to bed early.
What should I do when I am sick?:Rest, drink water and talk to a doctor if you do not feel better.
What is a good gift for a friend?:A good gift could be a book, a plant, a nice cup or something you made yourself.
What is a good pet for a child?:A cat, a dog or a small rabbit can be a good pet if someone takes good care of it.
What is your favorite color?:I do not see colors, but I like to write about blue.
What is your favorite food?:I do not eat, but I like to write about warm bread.
What is your favorite animal?:I like to tell stories about foxes and owls.
What is the meaning of life?:People find meaning in love, friendship, learning and helping others."""
HOWTO = """make tea:Boil some water.|Put a tea bag in a cup.|Pour the hot water into the cup.|Wait for three minutes.|Take out the tea bag and add milk or sugar if you like.
make a sandwich:Take two slices of bread.|Spread butter on one slice.|Add cheese, tomato and lettuce.|Put the other slice on top.|Cut the sandwich in half and enjoy it.
wash my hands:Wet your hands with clean water.|Add some soap.|Rub your hands together for twenty seconds.|Rinse them well.|Dry them with a clean towel.
plant a seed:Fill a pot with soil.|Make a small hole with your finger.|Put the seed in the hole and cover it.|Water it gently.|Put the pot in a sunny place.
boil an egg:Put the egg in a pot of water.|Heat the water until it boils.|Cook the egg for about eight minutes.|Cool it in cold water.|Peel the egg and eat it.
make a fruit salad:Wash the fruit.|Cut apples, bananas and strawberries into small pieces.|Put them in a bowl.|Add a little orange juice.|Mix it gently and serve it cold.
brush my teeth:Put a little toothpaste on your toothbrush.|Brush all sides of your teeth for two minutes.|Brush your tongue gently.|Spit out the toothpaste.|Rinse the brush with water.
make pancakes:Mix flour, milk and eggs in a bowl.|Heat a little butter in a pan.|Pour some batter into the pan.|Turn the pancake when it is golden.|Serve it with honey or fruit.
make coffee:Boil some water.|Put ground coffee in a filter.|Pour the hot water slowly over the coffee.|Wait until the cup is full.|Add milk or sugar if you like.
make lemonade:Squeeze three lemons.|Add sugar and cold water.|Stir until the sugar is gone.|Add some ice.|Serve it in a tall glass.
clean my room:Pick up the clothes and put them away.|Put the books back on the shelf.|Throw away the trash.|Wipe the desk.|Sweep or vacuum the floor.
write a letter:Write the date at the top.|Begin with a greeting.|Say what you want to tell.|End with a friendly closing and your name.|Put the letter in an envelope with a stamp.
paint a picture:Choose what you want to paint.|Draw it lightly with a pencil.|Start with the large areas.|Add the small details.|Let the paint dry.
draw a cat:Draw a circle for the head.|Add two triangles for the ears.|Draw two eyes, a small nose and whiskers.|Draw an oval for the body.|Add four legs and a long tail.
build a snowman:Roll a big ball of snow for the bottom.|Roll a smaller ball for the middle.|Roll a small ball for the head.|Use stones for the eyes and a carrot for the nose.|Add a hat and a scarf.
ride a bicycle:Put on a helmet.|Sit on the seat and hold the handlebars.|Push off with one foot.|Pedal and look straight ahead.|Use the brakes to stop.
make soup:Cut some vegetables into small pieces.|Cook them in a pot with water.|Add salt and herbs.|Let it simmer for twenty minutes.|Serve it hot with bread.
cook pasta:Boil a large pot of water.|Add salt and the pasta.|Cook it for about ten minutes.|Drain the water.|Serve it with your favorite sauce.
cook rice:Rinse the rice with cold water.|Put one cup of rice and two cups of water in a pot.|Bring it to a boil.|Cover it and cook on low heat for fifteen minutes.|Let it rest and serve it.
make popcorn:Heat a little oil in a pot.|Add the corn.|Cover the pot with a lid.|Shake it until the popping slows down.|Add salt and enjoy it.
wrap a gift:Put the gift on the paper.|Cut the paper so that it is large enough.|Fold the paper around the gift and tape it.|Fold the ends neatly.|Add a ribbon and a card.
pack a suitcase:Make a list of what you need.|Put heavy things at the bottom.|Roll your clothes to save space.|Put small things in the corners.|Keep your passport in your hand bag.
water a plant:Touch the soil to see if it is dry.|Fill a can with water.|Pour the water slowly around the roots.|Stop when the soil is wet.|Let the extra water drain.
take care of a dog:Give it food and fresh water every day.|Take it for walks.|Play with it.|Brush its fur.|Take it to the vet once a year.
take care of a cat:Give it food and fresh water every day.|Keep its litter box clean.|Play with it.|Brush its fur.|Take it to the vet once a year.
fly a kite:Go to an open field on a windy day.|Hold the kite up with your back to the wind.|Let out some string.|Pull the string gently to make the kite rise.|Keep away from trees and wires.
make a paper boat:Take a sheet of paper.|Fold it in half.|Fold the top corners to the middle.|Fold up the bottom edges.|Open it and shape it into a boat.
bake a cake:Heat the oven.|Mix butter, sugar and eggs.|Add flour and milk and stir well.|Pour the batter into a pan.|Bake it for about forty minutes and let it cool.
prepare for a trip:Choose where to go.|Book your ticket and your room.|Pack your bag.|Check your documents.|Tell a friend about your plans.
reset my router:Unplug the router.|Wait for thirty seconds.|Plug it in again.|Wait until the lights are on.|Try to connect again.
restart my computer:Save your work.|Close all programs.|Open the start menu.|Choose restart.|Wait until the computer is ready.
choose a strong password:Use at least twelve characters.|Mix letters, numbers and symbols.|Do not use your name or your birthday.|Use a different password for every account.|Keep it secret."""
LISTS = {
    "fruits": "apple banana orange pear grape strawberry cherry mango lemon peach plum kiwi".split(),
    "vegetables": "carrot potato tomato cabbage onion pea bean spinach broccoli cucumber".split(),
    "animals": "dog cat horse lion elephant rabbit bear fox owl sheep".split(),
    "farm animals": "cow pig sheep goat horse chicken duck".split(),
    "birds": "owl eagle duck penguin parrot robin crow swan".split(),
    "sea animals": "whale dolphin shark octopus crab turtle seal".split(),
    "insects": "bee ant butterfly beetle fly mosquito grasshopper".split(),
    "colors": "red blue green yellow orange purple pink brown black white".split(),
    "sports": "soccer tennis basketball swimming running hockey volleyball cycling".split(),
    "musical instruments": "piano guitar violin drum flute trumpet harp cello".split(),
    "vehicles": "car bus train bicycle truck boat airplane motorcycle".split(),
    "clothes": "shirt coat hat dress scarf sock shoe glove".split(),
    "drinks": "water tea milk juice coffee lemonade".split(),
    "school subjects": "math history science music art geography English".split(),
    "countries in Europe": "France Germany Italy Spain Poland Greece Sweden Portugal".split(),
    "countries in Asia": "China Japan India Thailand Vietnam Nepal".split(),
    "pets": "dog cat rabbit hamster parrot fish".split(),
    "flowers": "rose tulip daisy lily sunflower violet".split(),
    "trees": "oak pine birch maple willow apple".split(),
    "tools": "hammer saw drill screwdriver shovel pliers".split(),
    "pieces of furniture": "table chair bed sofa desk shelf lamp".split(),
    "shapes": "circle square triangle rectangle hexagon oval".split(),
    "planets": PLANETS,
    "programming languages": "Python Java C Rust Go JavaScript".split(),
    "weather words": "sunny rainy windy cloudy snowy foggy".split(),
    "kitchen things": "spoon fork knife plate cup pan pot oven".split(),
    "parts of the body": "head arm leg hand foot eye ear nose".split(),
    "feelings": "happy sad angry afraid surprised proud calm".split(),
    "jobs": "teacher doctor baker farmer pilot nurse writer cook".split(),
}
TRANS = {
    "Spanish": "hello:hola goodbye:adiós thank_you:gracias please:por_favor yes:sí no:no water:agua bread:pan house:casa dog:perro cat:gato friend:amigo book:libro sun:sol moon:luna red:rojo blue:azul one:uno two:dos three:tres good_morning:buenos_días good_night:buenas_noches love:amor milk:leche school:escuela",
    "French": "hello:bonjour goodbye:au_revoir thank_you:merci please:s'il_vous_plaît yes:oui no:non water:eau bread:pain house:maison dog:chien cat:chat friend:ami book:livre sun:soleil moon:lune red:rouge blue:bleu one:un two:deux three:trois good_morning:bonjour good_night:bonne_nuit love:amour milk:lait school:école",
    "German": "hello:hallo goodbye:auf_Wiedersehen thank_you:danke please:bitte yes:ja no:nein water:Wasser bread:Brot house:Haus dog:Hund cat:Katze friend:Freund book:Buch sun:Sonne moon:Mond red:rot blue:blau one:eins two:zwei three:drei good_morning:guten_Morgen good_night:gute_Nacht love:Liebe milk:Milch school:Schule",
    "Italian": "hello:ciao goodbye:arrivederci thank_you:grazie please:per_favore yes:sì no:no water:acqua bread:pane house:casa dog:cane cat:gatto friend:amico book:libro sun:sole moon:luna red:rosso blue:blu one:uno two:due three:tre good_morning:buongiorno good_night:buonanotte love:amore milk:latte school:scuola",
}
RHYMES = "cat:hat,bat,mat dog:frog,log,fog sun:run,fun,bun tree:bee,sea,free house:mouse star:car,far,jar moon:spoon,soon,noon day:play,way,say night:light,bright,right ball:tall,wall,fall cake:lake,make,snake rain:train,plain,brain book:cook,look,hook king:ring,sing,wing bell:well,tell,shell boat:coat,goat,float sleep:sheep,deep,keep fox:box,rocks,socks".split()
JOKES = [
    "Why did the bicycle fall over? Because it was two tired.",
    "Why did the cookie go to the doctor? Because it felt crumby.",
    "What do you call a bear with no teeth? A gummy bear.",
    "Why can't Elsa have a balloon? Because she will let it go.",
    "What do you call a sleeping dinosaur? A dino-snore.",
    "Why did the student eat his homework? Because the teacher said it was a piece of cake.",
    "What has four wheels and flies? A garbage truck.",
    "Why did the computer go to the doctor? Because it had a virus.",
    "What do you get when you cross a snowman and a dog? Frostbite.",
    "Why are fish so smart? Because they live in schools.",
    "What did one wall say to the other wall? I will meet you at the corner.",
    "Why did the picture go to jail? Because it was framed.",
    "What kind of tree fits in your hand? A palm tree.",
    "Why was the broom late? It over-swept.",
    "How does the ocean say hello? It waves.",
]
