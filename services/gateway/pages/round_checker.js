// Recomputes rounds of the ten games from their seeds. Nothing but the browser's own cryptography is used.
"use strict";

class Unreadable extends Error {}

// Exact fractions, since payouts are exact.
class Fraction {
  constructor(over, under = 1n) {
    let [a, b] = [over < 0n ? -over : over, under];
    while (b) [a, b] = [b, a % b];
    this.over = over / (a || 1n);
    this.under = under / (a || 1n);
  }
  static of(text) {
    const [whole, rest] = String(text).split("/");
    const [digits, decimals = ""] = whole.split(".");
    if (!/^\d+$/.test(digits + decimals) || (rest !== undefined && !/^[1-9]\d*$/.test(rest))) return null;
    return new Fraction(BigInt(digits + decimals), 10n ** BigInt(decimals.length) * BigInt(rest || 1));
  }
  times(other) { return new Fraction(this.over * other.over, this.under * other.under); }
  plus(other) { return new Fraction(this.over * other.under + other.over * this.under, this.under * other.under); }
  by(other) { return new Fraction(this.over * other.under, this.under * other.over); }
  same(other) { return this.over === other.over && this.under === other.under; }
  get isZero() { return this.over === 0n; }
  get floor() { return this.over / this.under; }
  // To the nearest whole number, half to even.
  get nearest() {
    const whole = this.floor, left = 2n * (this.over - whole * this.under);
    return left > this.under || (left === this.under && whole % 2n) ? whole + 1n : whole;
  }
  // Cut to two decimals, as multipliers are told.
  get cut() {
    const hundredths = this.over * 100n / this.under;
    return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, "0")}`;
  }
  toString() { return this.under === 1n ? `${this.over}` : `${this.over}/${this.under}`; }
}
const whole_ = (n) => new Fraction(BigInt(n));
const NOTHING = whole_(0);

const text_ = new TextEncoder();
const hex = (bytes) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, "0")).join("");
const hashOf = async (seed) => hex(await crypto.subtle.digest("SHA-256", text_.encode(seed)));

// The floats of a round, each as a whole number over 2**32.
async function numbersOf(serverSeed, clientSeed, nonce, most) {
  const how = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", text_.encode(serverSeed), how, false, ["sign"]);
  const blocks = Array.from({ length: Math.ceil(most / 8) }, (_, block) =>
    crypto.subtle.sign("HMAC", key, text_.encode(`${clientSeed}:${nonce}:${block}`)));
  return (await Promise.all(blocks)).flatMap((digest) => {
    const view = new DataView(digest);
    return Array.from({ length: 8 }, (_, i) => view.getUint32(4 * i));
  });
}
const oneOf = (numbers, place, many) => Number((BigInt(numbers[place]) * BigInt(many)) >> 32n);
function drawn(numbers, count, things, first = 0) {
  const left = [...things];
  return Array.from({ length: count }, (_, i) => left.splice(oneOf(numbers, first + i, left.length), 1)[0]);
}
const upTo = (count, from = 0) => Array.from({ length: count }, (_, i) => i + from);

function whole(said, name, low, high) {
  const value = said[name];
  if (!Number.isInteger(value) || value < low || value > high)
    throw new Unreadable(`${name} is not a whole number from ${low} to ${high}`);
  return value;
}
function word(said, name, known) {
  const value = said[name];
  const text = Number.isInteger(value) ? known[value - 1] : String(value).toUpperCase();
  const found = known.find((one) => text === one || String(text).endsWith(`_${one}`));
  if (!found) throw new Unreadable(`${name} is none of ${known.join(", ")}`);
  return found;
}
function table(asked, name, length) {
  const found = asked.own ?? asked.tables[name];
  if (!found || found.length !== length) throw new Unreadable(`there is no pay table ${name} of ${length} multipliers`);
  return found.map((one) => Fraction.of(one));
}
const rows = (said, name) => (Array.isArray(said[name]) ? said[name] : []);
// The fields of a board in their order: of a round at once, as the bet names them.
const openedIn = (bet, state) => (Array.isArray(bet.fields) ? bet.fields.map((field) => ({ field })) : rows(state, "rounds"));

const SUITS = "♦♥♠♣";
const FACES = ["2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K", "A"];
const RANKS = ["A", ...FACES.slice(0, -1)];
function card(numbers, place) {
  const index = oneOf(numbers, place, 52);
  return SUITS[index % 4] + FACES[index >> 2];
}

const CELLS = { EASY: [4, 1], MEDIUM: [3, 1], HARD: [2, 1], EXPERT: [3, 2], MASTER: [4, 3] };
const BANKER_DRAWS = { 3: [0, 1, 2, 3, 4, 5, 6, 7, 9], 4: [2, 3, 4, 5, 6, 7], 5: [4, 5, 6, 7], 6: [6, 7] };
const pips = (hand) => hand.reduce((sum, one) => {
  const rank = RANKS.indexOf(one.slice(1)) + 1;
  return (sum + (rank >= 10 ? 0 : rank)) % 10;
}, 0);

const GAMES = {
  dice({ numbers, rtp, bet }) {
    const roll = oneOf(numbers, 0, 10000), over = bet.over ?? null, under = bet.under ?? null;
    if ((over === null) === (under === null))
      throw new Unreadable("a roll is either over or under something: say one of the two");
    const ways = over === null ? whole(bet, "under", 1, 9999) : 9999 - whole(bet, "over", 0, 9998);
    const won = over === null ? roll < under : roll > over;
    return { shown: { roll }, multiplier: won ? rtp.times(new Fraction(10000n, BigInt(ways))) : NOTHING };
  },
  limbo({ numbers, rtp, bet }) {
    const target = Fraction.of(bet.target);
    if (!target || target.over <= target.under || (target.over * 100n) % target.under)
      throw new Unreadable("target is not a multiplier above 1 with at most two decimals");
    let outcome = rtp.times(new Fraction(100n << 32n, BigInt(numbers[0] || 1))).floor;
    if (outcome < 100n) outcome = 100n;
    const reached = new Fraction(outcome, 100n);
    const won = reached.over * target.under >= target.over * reached.under;
    return { shown: { outcome: reached.cut }, multiplier: won ? target : NOTHING };
  },
  wheel(asked) {
    const segments = Number(String(asked.bet.segments).toUpperCase().replace("SEGMENTS_", ""));
    if (![10, 20, 30, 40, 50].includes(segments)) throw new Unreadable("segments is none of 10, 20, 30, 40 and 50");
    const outcome = oneOf(asked.numbers, 0, segments);
    const risk = word(asked.bet, "difficulty", ["LOW", "MEDIUM", "HIGH"]);
    return { shown: { outcome }, multiplier: table(asked, `${segments}/${risk}`, segments)[outcome] };
  },
  plinko(asked) {
    const count = whole(asked.bet, "rows", 8, 16), risk = word(asked.bet, "risk", ["LOW", "MEDIUM", "HIGH"]);
    const path = upTo(count).map((row) => oneOf(asked.numbers, row, 2));
    const slot = path.reduce((sum, right) => sum + right, 0);
    return { shown: { path, slot }, multiplier: table(asked, `${count}/${risk}`, count + 1)[slot] };
  },
  keno(asked) {
    const picked = rows(asked.bet, "tiles");
    const fits = picked.every((one) => Number.isInteger(one) && one >= 1 && one <= 40);
    if (!fits || picked.length < 1 || picked.length > 10 || new Set(picked).size !== picked.length)
      throw new Unreadable("tiles are not 1 to 10 different tiles from 1 to 40");
    const risk = word(asked.bet, "difficulty", ["CLASSIC", "LOW", "MEDIUM", "HIGH"]);
    const resultTiles = drawn(asked.numbers, 10, upTo(40, 1));
    const hits = picked.filter((one) => resultTiles.includes(one)).length;
    return { shown: { resultTiles }, multiplier: table(asked, `${picked.length}/${risk}`, picked.length + 1)[hits] };
  },
  baccarat({ numbers, bet }) {
    const on = word(bet, "on", ["PLAYER", "BANKER", "TIE"]);
    const deck = upTo(6).map((place) => card(numbers, place));
    const player = [deck[0], deck[2]], banker = [deck[1], deck[3]];
    if (Math.max(pips(player), pips(banker)) < 8) {
      let next = 4, third = null;
      if (pips(player) <= 5) { player.push(deck[next]); third = pips([deck[next++]]); }
      const held = pips(banker);
      if (third === null ? held <= 5 : held < 3 || (BANKER_DRAWS[held] || []).includes(third)) banker.push(deck[next]);
    }
    const playerPoints = pips(player), bankerPoints = pips(banker);
    const winner = playerPoints === bankerPoints ? "TIE" : playerPoints > bankerPoints ? "PLAYER" : "BANKER";
    const pays = { PLAYER: whole_(2), BANKER: new Fraction(195n, 100n), TIE: whole_(9) };
    const multiplier = winner === on ? pays[on] : whole_(winner === "TIE" ? 1 : 0);
    return { shown: { player, banker, playerPoints, bankerPoints, winner }, multiplier };
  },
  mines({ numbers, rtp, bet, state }) {
    const grid = bet.gridSize === undefined ? 25 : whole(bet, "gridSize", 25, 64);
    const count = whole(bet, "mineCount", 1, grid - 1);
    const mines = drawn(numbers, count, upTo(grid)), turns = [];
    let worth = rtp, ended = false;
    openedIn(bet, state).forEach((row, safe) => {
      if (ended) return;
      const field = whole(row, "field", 0, grid - 1);
      ended = mines.includes(field);
      worth = ended ? NOTHING : worth.times(new Fraction(BigInt(grid - safe), BigInt(grid - count - safe)));
      turns.push({ field, multiplier: worth });
    });
    const multiplier = turns.length ? worth : NOTHING;
    return { shown: { mines, rounds: turns, cashedOut: !multiplier.isZero }, multiplier };
  },
  towers({ numbers, rtp, bet, state }) {
    const [cells, mines] = CELLS[word(bet, "difficulty", Object.keys(CELLS))];
    const board = upTo(9).map((row) => {
      const hidden = drawn(numbers, mines, upTo(cells), row * mines);
      return { cells: upTo(cells).map((cell) => (hidden.includes(cell) ? 0 : 1)) };
    });
    const turns = [];
    let worth = rtp, ended = false;
    openedIn(bet, state).slice(0, 9).forEach((row, climbed) => {
      if (ended) return;
      const field = whole(row, "field", 0, cells - 1);
      ended = board[climbed].cells[field] === 0;
      worth = ended ? NOTHING : worth.times(new Fraction(BigInt(cells), BigInt(cells - mines)));
      turns.push({ field, multiplier: worth, crowns: ended ? climbed : climbed + 1 });
    });
    const multiplier = turns.length ? worth : NOTHING;
    return { shown: { board, rounds: turns, cashedOut: !multiplier.isZero }, multiplier };
  },
  hilo({ numbers, rtp, bet, state }) {
    let deck = 0, now = bet.startCard ?? null;
    if (now === null) now = card(numbers, deck++);
    else if (!SUITS.includes(now[0]) || !RANKS.includes(now.slice(1)))
      throw new Unreadable("startCard is not a card such as ♠7");
    let worth = rtp;
    const turns = [{ card: now, action: "START", multiplier: worth }];
    for (const row of rows(state, "rounds").slice(1)) {
      const action = word(row, "action", ["HIGHER", "LOWER", "SKIP"]), next = card(numbers, deck++);
      if (action !== "SKIP") {
        const wins = winning(now.slice(1), action === "HIGHER");
        const right = wins.includes(RANKS.indexOf(next.slice(1)));
        worth = right ? worth.times(new Fraction(13n, BigInt(wins.length))) : NOTHING;
      }
      turns.push({ card: next, action, multiplier: worth });
      now = next;
      if (worth.isZero) break;
    }
    return { shown: { rounds: turns, currentCard: now, cashedOut: !worth.isZero }, multiplier: worth };
  },
  blackjack(asked) {
    const { numbers, bet, state } = asked, told = rows(state, "player");
    if (told.length !== 1 && told.length !== 2) throw new Unreadable("player is not a list of one hand, or two");
    let next = 4;
    const draw = () => card(numbers, next++);
    const first = card(numbers, 0), second = card(numbers, 1), dealer = [card(numbers, 2), card(numbers, 3)];
    const starts = told.length === 2 ? [[first, draw()], [second, draw()]] : [[first, second]];
    const hands = starts.map((cards, place) => {
      const many = told[place].cards;
      if (!Array.isArray(many) || many.length < 2) throw new Unreadable("a hand of the player has no list of cards");
      while (cards.length < many.length && value(cards) < 21) cards.push(draw());
      return { cards, doubled: told[place].doubled === true };
    });
    const split = hands.length > 1, over = natural(dealer) || (!split && natural(hands[0].cards));
    if (!over && hands.some((hand) => value(hand.cards) <= 21)) while (value(dealer) < 17) dealer.push(draw());
    const stake = asked.units ?? 1000000n, bets = [];
    const player = hands.map(({ cards, doubled }) => {
      const result = resultOf(cards, dealer, split);
      bets.push([doubled ? 2n * stake : stake, BLACKJACK[result]]);
      return { cards, value: value(cards), doubled, result };
    });
    if (state.insured) bets.push([stake / 2n, whole_(natural(dealer) ? 3 : 0)]);
    const sides = asked.sideBets;
    if (sides.perfectPairs) bets.push([sides.perfectPairs, whole_(pairOf(first, second))]);
    if (sides.threeCardPoker) bets.push([sides.threeCardPoker, whole_(pokerOf([first, second, dealer[0]]))]);
    const worth = bets.map(([units, pays]) => whole_(units).times(pays));
    const multiplier = worth.reduce((sum, one) => sum.plus(one), NOTHING).by(whole_(stake));
    const payout = worth.reduce((sum, one) => sum + one.nearest, 0n);
    return { shown: { player, dealer: { cards: dealer, value: value(dealer) } }, multiplier, payout };
  },
};

const BLACKJACK = { BLACKJACK: new Fraction(5n, 2n), WIN: whole_(2), PUSH: whole_(1), LOSE: NOTHING, BUST: NOTHING };
function value(cards) {
  const worth = cards.map((one) => Math.min(RANKS.indexOf(one.slice(1)) + 1, 10));
  const sum = worth.reduce((all, one) => all + one, 0);
  return worth.includes(1) && sum + 10 <= 21 ? sum + 10 : sum;
}
const natural = (cards) => cards.length === 2 && value(cards) === 21;
function resultOf(cards, dealer, split) {
  if (natural(cards) && !split) return natural(dealer) ? "PUSH" : "BLACKJACK";
  const mine = value(cards), other = value(dealer);
  if (mine > 21) return "BUST";
  if (natural(dealer) || (mine < other && other <= 21)) return "LOSE";
  return mine === other ? "PUSH" : "WIN";
}
const isRed = (one) => "♦♥".includes(one[0]);
function pairOf(first, second) {
  if (first.slice(1) !== second.slice(1)) return 0;
  return first === second ? 26 : isRed(first) === isRed(second) ? 11 : 6;
}
function pokerOf(cards) {
  const suited = new Set(cards.map((one) => one[0])).size === 1;
  const [low, middle, high] = cards.map((one) => FACES.indexOf(one.slice(1))).sort((a, b) => a - b);
  if (low === high) return suited ? 101 : 26;
  const inARow = (middle - low === 1 && high - middle === 1) || (low === 0 && middle === 1 && high === 12);
  return inARow ? (suited ? 41 : 11) : suited ? 6 : 0;
}

// Which ranks win: equal counts both ways, but above an ace and below a king it must be another card.
function winning(face, higher) {
  const rank = RANKS.indexOf(face);
  if (higher) return upTo(13).filter((one) => (face === "A" ? one > rank : one >= rank));
  return upTo(13).filter((one) => (face === "K" ? one < rank : one <= rank));
}

// The rate of return that a game code's name ends in, such as 0.985 of towers-alpha-leo; null of dice.
const LETTERS = { alpha: 1n, beta: 2n, gamma: 3n, delta: 4n, epsilon: 5n };
function rateNamed(code) {
  const found = /^.+?(?:-(alpha|beta|gamma|delta|epsilon))?(?:-(leo))?$/.exec(code || "");
  if (!found || !(found[1] || found[2])) return null;
  return new Fraction(200n - 2n * (LETTERS[found[1]] || 0n) - (found[2] ? 1n : 0n), 200n);
}
function rateOf({ game, rtp }) {
  const said = (rtp ?? null) !== null, rate = said ? Fraction.of(rtp) : rateNamed(game);
  if (rate) return rate;
  if (said) throw new Unreadable("rtp is not decimal text such as 0.99");
  throw new Unreadable(`"${game}" is not a game code such as dice-alpha, so its rtp must be said`);
}
// A name tells halves of a hundredth: nobody may tell a rate that is more than half of that away from it.
function strays(rate, named) {
  const apart = rate.over * named.under - named.over * rate.under;
  return 400n * (apart < 0n ? -apart : apart) > rate.under * named.under;
}
const slugOf = ({ game, slug }) => slug ?? String(game ?? "").split("-")[0];
function rowOf(told) {
  if ((told ?? null) === null) return null;
  if (!Array.isArray(told) || !told.every((one) => typeof one === "string" && Fraction.of(one)))
    throw new Unreadable("table is not a list of decimal text");
  return told;
}
function tablesOf(slug, rate, published, own) {
  const tables = {};
  for (const [name, row] of Object.entries(published[slug] || {}))
    tables[name] = row.map((one) => rate.times(Fraction.of(one)).toString());
  return { ...tables, ...own };
}
function unitsOf(text, scale, name) {
  const units = Fraction.of(text)?.times(whole_(10n ** BigInt(scale)));
  if (!units || units.under !== 1n || /[/]/.test(text)) throw new Unreadable(`${name} is not decimal text such as 1.50`);
  return units.over;
}
function money(units, scale) {
  const text = String(units).padStart(scale + 1, "0");
  return scale ? `${text.slice(0, -scale)}.${text.slice(-scale)}` : text;
}

// Whether something told is this; of an object what was told counts, a multiplier may be cut to two decimals.
function agrees(told, is) {
  if (is instanceof Fraction) {
    const said = typeof told === "string" ? Fraction.of(told) : null;
    return said !== null && (said.same(is) || (!told.includes("/") && said.same(Fraction.of(is.cut))));
  }
  if (Array.isArray(is))
    return Array.isArray(told) && told.length === is.length && is.every((one, place) => agrees(told[place], one));
  if (is !== null && typeof is === "object")
    return told !== null && typeof told === "object" && Object.keys(is).every((name) => !(name in told) || agrees(told[name], is[name]));
  if (typeof is === "string" && typeof told === "string") return told.toUpperCase().endsWith(is.toUpperCase());
  return told === is;
}
const plain = (value) => JSON.stringify(value, (_, one) => (one instanceof Fraction ? one.toString() : one));

const MOST_NUMBERS = 512;
const LARGEST_UNITS = 2n ** 53n;
// What `question` says must have come to: {problems, shown, multiplier, payout, hash}. Throws Unreadable.
async function checkRound(question, published) {
  if (!globalThis.crypto?.subtle)
    throw new Unreadable("this page needs the browser's cryptography: open it over https, or save it and open the file");
  const { game, serverSeed, clientSeed, nonce, bet = {}, state = {} } = question;
  const rtp = rateOf(question), slug = slugOf(question), own = rowOf(question.table);
  if (!Object.hasOwn(GAMES, slug)) throw new Unreadable(`${game} is none of the games ${Object.keys(GAMES).join(", ")}`);
  for (const [name, value] of Object.entries({ serverSeed, clientSeed })) if (!value) throw new Unreadable(`${name} is missing`);
  whole({ nonce }, "nonce", 0, Number.MAX_SAFE_INTEGER);
  const scale = String(bet.amount ?? "").split(".")[1]?.length ?? 0;
  const units = bet.amount === undefined ? null : unitsOf(bet.amount, scale, "amount");
  const sideBets = {};
  for (const [name, text] of Object.entries(bet.sideBets || {})) sideBets[name] = unitsOf(text, scale, name);
  const numbers = await numbersOf(serverSeed, clientSeed, nonce, MOST_NUMBERS);
  const tables = tablesOf(slug, rtp, published, question.tables);
  const found = GAMES[slug]({ numbers, rtp, tables, own, bet, state, units, sideBets });
  let payout = units === null ? null : found.payout ?? whole_(units).times(found.multiplier).nearest;
  if (payout !== null) {
    // A round that would pay more than can be won pays that, and its multiplier is that's.
    const most = question.maxWin === undefined ? LARGEST_UNITS : unitsOf(question.maxWin, scale, "maxWin");
    if (payout > most) { payout = most; found.multiplier = new Fraction(most, units); }
  }
  const hash = await hashOf(serverSeed), problems = [];
  for (const [name, why] of [["serverHash", "was published"], ["committedHash", "was noted before the bet"]])
    if (question[name] && question[name] !== hash)
      problems.push(`the server seed's hash is ${hash}, but ${question[name]} ${why}`);
  const named = rateNamed(game);
  if (named && strays(rtp, named)) problems.push(`rtp was told as ${rtp}, but the name of ${game} says ${named}`);
  for (const [name, is] of Object.entries(question.compare === false ? {} : found.shown))
    if (state[name] !== undefined && state[name] !== null && !agrees(state[name], is))
      problems.push(`${name} was told as ${plain(state[name])}, but it is ${plain(is)}`);
  for (const name of ["multiplier", "exactMultiplier"])
    if (question[name] && !agrees(question[name], found.multiplier))
      problems.push(`${name} was told as ${question[name]}, but it is ${found.multiplier}`);
  const paid = payout === null ? null : money(payout, scale);
  if (question.payout && paid !== null && !Fraction.of(question.payout)?.same(Fraction.of(paid)))
    problems.push(`payout was told as ${question.payout}, but it is ${paid}`);
  return { problems, shown: found.shown, multiplier: found.multiplier, payout: paid, hash };
}

// What checkRound takes, of an answer of GET /game/round/{id}; what is such a question already stays as it is.
const OUTCOMES = { dice: "roll", plinko: "slot", keno: "resultTiles" };
function questionOf(said) {
  if (said === null || typeof said !== "object" || Array.isArray(said)) throw new Unreadable("it is not a JSON object");
  if (!("round" in said)) return { bet: {}, state: {}, ...said };
  for (const name of ["round", "seed", "roundData", "state"])
    if (said[name] === null || typeof said[name] !== "object") throw new Unreadable(`${name} is missing`);
  const { round, seed, roundData, state } = said, game = said.gameId || round.gameId;
  if (!seed.serverSeed)
    throw new Unreadable("the server seed is not revealed yet: rotate the seeds, then ask for the round again");
  const slug = slugOf({ game, slug: round.slug }), told = { ...state }, outcome = OUTCOMES[slug];
  if (outcome && "result" in told) { told[outcome] = told.result; delete told.result; }
  if (slug === "blackjack") told.insured = told.insurance !== undefined && told.insurance !== null;
  if (!round.result) throw new Unreadable("the round has no result: it is void, or not over yet");
  const { serverSeed, serverHash, clientSeed, nonce } = seed;
  const question = { game, serverSeed, serverHash, clientSeed, nonce, bet: roundData, state: told, ...round.result };
  for (const name of ["slug", "rtp", "table", "maxWin"]) if (round[name]) question[name] = round[name];
  for (const name of ["slug", "rtp", "table", "tables", "maxWin", "committedHash"]) if (name in said) question[name] = said[name];
  return question;
}
