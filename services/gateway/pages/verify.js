// The form: what is asked of each game, and how what came of it is shown.
const CODES = {
  dice: ["alpha", "beta", "delta"], limbo: ["alpha", "beta", "delta"], plinko: ["alpha", "beta", "delta"],
  keno: ["alpha", "beta", "delta"], wheel: ["alpha", "beta", "delta"], mines: ["alpha", "beta", "delta"],
  hilo: ["alpha", "beta", "delta"], baccarat: ["alpha"], blackjack: ["leo"],
  towers: ["alpha-leo", "beta-leo", "gamma-leo", "delta-leo"],
};
const risks = (name) => [name, name === "risk" ? "Risk" : "Difficulty", ["LOW", "MEDIUM", "HIGH"]];
const list = (text) => text.split(/[\s,]+/).filter(Boolean);
const numbersIn = (text, name) => list(text).map((one) => {
  if (!/^\d+$/.test(one)) throw new Unreadable(`${name} are whole numbers, parted by spaces`);
  return Number(one);
});
const turnsOf = (text, name) => numbersIn(text, name).map((field) => ({ field }));
// Of each game: fields of the bet, by name and label; a list of words is a choice. Those of MOVES are what was done.
const FIELDS = {
  dice: [["over", "Over (or leave empty)"], ["under", "Under (or leave empty)"]],
  limbo: [["target", "Target", null, "2.00"]],
  plinko: [["rows", "Rows, 8 to 16", null, "16"], risks("risk")],
  keno: [["tiles", "Picked tiles, 1 to 40", null, "1 2 3"], ["difficulty", "Difficulty", ["CLASSIC", "LOW", "MEDIUM", "HIGH"]]],
  wheel: [["segments", "Slices", ["10", "20", "30", "40", "50"]], risks("difficulty")],
  baccarat: [["on", "Bet on", ["PLAYER", "BANKER", "TIE"]]],
  mines: [["mineCount", "Mines", null, "3"], ["gridSize", "Fields of the grid", ["25", "36", "49", "64"]], ["moves", "Opened fields, in order, from 0"]],
  towers: [["difficulty", "Difficulty", ["EASY", "MEDIUM", "HARD", "EXPERT", "MASTER"]], ["moves", "Opened cells, from the lowest row, from 0"]],
  hilo: [["startCard", "Start card, if it was chosen, such as ♠7"], ["moves", "Guesses in order: higher, lower or skip"]],
  blackjack: [["hands", "How many cards each hand had at the end; d behind doubled ones", null, "2"], ["insured", "Insured", ["no", "yes"]], ["perfectPairs", "Side bet on perfect pairs"], ["threeCardPoker", "Side bet on three-card poker"]],
};
const WHOLE_FIELDS = ["over", "under", "rows", "mineCount", "gridSize"];
const STATE_FIELDS = ["moves", "hands", "insured"];
const $ = (id) => document.getElementById(id);
const make = (tag, text, className) => {
  const one = document.createElement(tag);
  if (text !== undefined) one.textContent = text;
  if (className) one.className = className;
  return one;
};
const published = JSON.parse($("pay-tables").textContent);
let pasted = null; // what was pasted, as long as nothing of it was changed by hand

for (const [slug, kinds] of Object.entries(CODES))
  for (const kind of kinds) $("codes").append(new Option(`${slug}-${kind}`, `${slug}-${kind}`));
let shownLast = {}; // the code that was pasted, and which game that is
function slugNow() {
  const game = $("game").value.trim(), known = game.split("-").find((one) => Object.hasOwn(FIELDS, one));
  return game === shownLast.game ? shownLast.slug : known ?? slugOf({ game });
}

function askFor(slug) {
  const box = $("bet");
  if (box.dataset.slug === slug || !FIELDS[slug]) return;
  box.dataset.slug = slug;
  box.replaceChildren(make("legend", "The bet"));
  for (const [name, label, choices, usual] of [["amount", "Amount (for the payout)", null, "1.00"], ...FIELDS[slug]]) {
    const cell = make("div"), field = make(choices ? "select" : "input"), words = make("label", label);
    words.htmlFor = field.id = `bet-${name}`;
    if (choices) for (const one of choices) field.append(new Option(one.toLowerCase(), one));
    else field.value = usual ?? "";
    cell.append(words, field);
    box.append(cell);
  }
}

function asked() {
  const slug = slugNow(), bet = {}, state = {};
  if (!FIELDS[slug]) throw new Unreadable(`there is no game ${slug || "without a name"}; known are ${Object.keys(FIELDS).join(", ")}`);
  for (const [name] of [["amount"], ...FIELDS[slug]]) {
    const text = $(`bet-${name}`).value.trim();
    if (text === "") continue;
    if (WHOLE_FIELDS.includes(name)) bet[name] = /^\d+$/.test(text) ? Number(text) : text;
    else if (name === "tiles") bet.tiles = numbersIn(text, "tiles");
    else if (name === "perfectPairs" || name === "threeCardPoker") (bet.sideBets ??= {})[name] = text;
    else if (!STATE_FIELDS.includes(name)) bet[name] = text;
    else Object.assign(state, done(slug, name, text));
  }
  // What was done is filled in, and is no claim about what came of it: nothing of it is compared.
  const question = { game: $("game").value.trim(), slug, nonce: Number($("nonce").value), bet, state, compare: false };
  for (const name of ["serverSeed", "clientSeed", "serverHash", "rtp"]) if ($(name).value.trim()) question[name] = $(name).value.trim();
  if ($("table").value.trim()) question.table = list($("table").value);
  return question;
}
function done(slug, name, text) {
  if (name === "insured") return { insured: text === "yes" };
  if (name === "hands")
    return { player: list(text).map((one) => ({ cards: new Array(parseInt(one, 10) || 0).fill(null), doubled: /d$/i.test(one) })) };
  if (slug === "hilo") return { rounds: [{}, ...list(text).map((action) => ({ action }))] };
  return { rounds: turnsOf(text, "fields") };
}
function show(question) {
  const { bet, state } = question, slug = slugOf(question);
  shownLast = { game: question.game, slug };
  $("game").value = question.game;
  askFor(slug);
  $("table").value = rows(question, "table").join(" ");
  for (const name of ["nonce", "serverSeed", "clientSeed", "serverHash", "rtp"]) $(name).value = question[name] ?? "";
  const turns = rows(state, "rounds");
  const done = {
    moves: turns.map((turn) => turn.field ?? turn.action).filter((one) => !/start/i.test(String(one))).join(" "),
    hands: rows(state, "player").map((hand) => (hand.cards ? hand.cards.length + (hand.doubled ? "d" : "") : "")).join(" "),
    insured: state.insured ? "yes" : "no",
    ...bet.sideBets,
  };
  for (const [name, , choices] of [["amount"], ...(FIELDS[slug] || [])]) {
    const value = bet[name] ?? done[name] ?? "";
    const text = Array.isArray(value) ? value.join(" ") : String(value).toUpperCase().replace("SEGMENTS_", "");
    $(`bet-${name}`).value = !choices ? (Array.isArray(value) ? text : String(value))
      : choices.find((one) => one === text || text.endsWith(`_${one}`)) ?? (name === "insured" ? String(value) : choices[Number(value) - 1]);
  }
}

function tell(question, found) {
  const told = found.problems.length === 0;
  const compared = question.serverHash || question.payout || question.multiplier;
  $("verdict").textContent = told ? (compared ? "Everything matches" : "This is what it came to") : "This does not match";
  $("verdict").className = told ? "good" : "bad";
  $("problems").replaceChildren(...found.problems.map((one) => make("li", one)));
  const facts = { "hash of the server seed": found.hash };
  for (const [name, value] of Object.entries(found.shown)) facts[name] = typeof value === "object" ? plain(value) : String(value);
  facts.multiplier = `${found.multiplier.cut} (exactly ${found.multiplier})`;
  if (found.payout !== null) facts.payout = found.payout;
  $("facts").replaceChildren(...Object.entries(facts).flatMap(([name, value]) => {
    const term = make("dt", name), said = make("dd", value, "code");
    said.id = `fact-${name.replaceAll(" ", "-")}`;
    return [term, said];
  }));
  $("picture").replaceChildren(...picture(question, found.shown));
  $("result").hidden = false;
  $("result").focus();
}
function board(columns, cells) {
  const box = make("div", undefined, "board");
  box.style.gridTemplateColumns = `repeat(${columns}, max-content)`;
  box.append(...cells.map(([text, className]) => make("span", text, className)));
  return box;
}
function picture(question, shown) {
  switch (slugOf(question)) {
    case "mines": {
      const grid = Number(question.bet.gridSize || 25), opened = shown.rounds.map((turn) => turn.field);
      return [board(Math.sqrt(grid), upTo(grid).map((field) =>
        shown.mines.includes(field) ? ["✹", "hit"] : [String(field), opened.includes(field) ? "won" : ""]))];
    }
    case "towers":
      return [board(shown.board[0].cells.length, [...shown.board].reverse().flatMap((row, above) =>
        row.cells.map((safe, cell) => {
          const turn = shown.rounds[8 - above];
          return safe ? [String(cell), turn?.field === cell ? "won" : ""] : ["✹", "hit"];
        })))];
    case "keno":
      return [board(8, upTo(40, 1).map((tile) => [String(tile),
        !shown.resultTiles.includes(tile) ? "" : (question.bet.tiles || []).includes(tile) ? "won" : "hit"]))];
    case "baccarat":
      return [make("p", `player ${shown.player.join(" ")} · banker ${shown.banker.join(" ")}`, "hands")];
    case "blackjack":
      return [make("p", `${shown.player.map((hand) => hand.cards.join(" ")).join(" | ")} · dealer ${shown.dealer.cards.join(" ")}`, "hands")];
    case "hilo":
      return [make("p", shown.rounds.map((turn) => turn.card).join(" "), "hands")];
    default:
      return [];
  }
}
function complain(error) {
  if (!(error instanceof Unreadable || error instanceof SyntaxError)) throw error;
  $("verdict").textContent = "This cannot be checked";
  $("verdict").className = "bad";
  $("problems").replaceChildren(make("li", error instanceof Unreadable ? error.message : `it is not JSON: ${error.message}`));
  $("facts").replaceChildren();
  $("picture").replaceChildren();
  $("result").hidden = false;
  $("result").focus();
}
async function checkIt(question) {
  try { tell(question, await checkRound(question, published)); } catch (error) { complain(error); }
}
function take(text) {
  try {
    pasted = questionOf(JSON.parse(text));
    if (Object.hasOwn(GAMES, slugOf(pasted))) show(pasted);
    checkIt(pasted);
  } catch (error) { pasted = null; complain(error); }
}

$("game").addEventListener("input", () => {
  for (const name of ["rtp", "table"]) $(name).value = ""; // they were another code's
  askFor(slugNow());
});
$("form").addEventListener("input", () => { pasted = null; });
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  try { checkIt(pasted ?? asked()); } catch (error) { complain(error); }
});
$("read").addEventListener("click", () => take($("paste").value));
function fromAddress() {
  if (location.hash.length < 2) return;
  $("paste").value = decodeURIComponent(location.hash.slice(1));
  take($("paste").value);
}
askFor(slugNow());
addEventListener("hashchange", fromAddress);
fromAddress();
