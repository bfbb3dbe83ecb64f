// What every game's client has: the session's token, the balance, the seeds, the history, and plain words for errors.
"use strict";

const $ = (id) => document.getElementById(id);
const make = (tag, attributes = {}, ...children) => {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") one.className = value;
    else if (name in one) one[name] = value;
    else one.setAttribute(name, value);
  }
  one.append(...children);
  return one;
};
const field = (id, label, control) => {
  control.id = id;
  return make("div", {}, make("label", { htmlFor: id, textContent: label }), control);
};
const choice = (...options) => make("select", {}, ...options.map(([value, text]) => new Option(text ?? value, value)));

const launched = new URLSearchParams(location.search);
let token = launched.get("sessionToken");
const REFRESH_MS = 30 * 60 * 1000;
const PATIENCE_MS = 15000;
const TRIES = 4;
const PAUSE_MS = 400;

const WORDS = {
  ERROR_CODE_INSUFFICIENT_FUNDS: "The balance is too low for this.",
  ERROR_CODE_SESSION_EXPIRED: "This session is over. Open the game anew from the lobby.",
  ERROR_CODE_TOKEN_ALREADY_REFRESHED: "This session is open in another window. Open the game anew from the lobby.",
  ERROR_CODE_PLAYER_DISABLED: "Playing is not possible with this account.",
  ERROR_CODE_INVALID_AMOUNT: "This amount cannot be staked.",
  ERROR_CODE_ACTIVE_ROUND_EXISTS: "A round is still open. Finish it first.",
  ERROR_CODE_ROUND_CLOSED: "This round is over.",
  ERROR_CODE_ROUND_VOIDED: "This round never counted.",
  ERROR_CODE_DEBIT_FAILED: "The stake could not be taken, so the round does not count.",
  ERROR_CODE_GAME_NOT_AVAILABLE: "This game is closed at the moment.",
  ERROR_CODE_OPERATOR_UNAVAILABLE: "The wallet does not answer at the moment. Try again shortly.",
  ERROR_CODE_RATE_LIMITED: "That was too fast. Wait a moment.",
  round_initializing: "The last bet is still being settled. Try again shortly.",
};
class Refused extends Error {
  constructor(status, told) {
    super(WORDS[told?.code] ?? told?.message ?? "The game cannot be reached. Check the connection and try again.");
    this.status = status;
    this.code = told?.code ?? "unreachable";
  }
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

async function once(method, path, body, key) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  let answer;
  try {
    answer = await fetch(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch { throw new Refused(0, null); }
  const told = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}
// A lost or late answer is asked for again under the same key, so that nothing ever happens twice.
async function call(method, path, body, key) {
  for (let tried = 1; ; tried++) {
    try { return await once(method, path, body, key); } catch (error) {
      const again = error.status === 0 || error.status === 503 || error.status === 504;
      if (!again || tried === TRIES) throw error;
      await wait(PAUSE_MS * tried);
    }
  }
}
const post = (path, body = {}, key) => call("POST", path, body, key);

// One thing at a time; whatever goes wrong is said.
let busy = false;
async function act(deed) {
  if (busy) return;
  busy = true;
  document.body.ariaBusy = "true";
  $("error").hidden = true;
  try { await deed(); } catch (error) {
    $("error").textContent = error instanceof Refused ? error.message : `Something went wrong here: ${error.message}`;
    $("error").hidden = false;
    if (!(error instanceof Refused)) throw error;
    if (["ERROR_CODE_ROUND_CLOSED", "ERROR_CODE_ROUND_VOIDED", "ERROR_CODE_ACTIVE_ROUND_EXISTS"].includes(error.code)) await load();
  } finally {
    busy = false;
    document.body.ariaBusy = "false";
  }
}

const UNTOLD = "0"; // what stands for a balance that the wallet was not asked for
async function showBalance(told) {
  $("balance").textContent = told !== UNTOLD ? told : (await call("GET", "/game/balance")).balance;
}
async function showSeeds() {
  const seeds = await post("/seed/current");
  for (const name of ["serverHash", "clientSeed", "nonce", "upcomingServerHash"]) $(name).textContent = seeds[name];
}
async function showHistory() {
  const { rounds } = await call("GET", "/game/history?limit=10");
  $("noHistory").hidden = rounds.length > 0;
  $("history").replaceChildren(...rounds.map((round) => make("tr", {},
    make("td", { textContent: new Date(round.createdAt).toLocaleTimeString() }),
    make("td", { class: "number", textContent: round.wager }),
    make("td", { class: "number", textContent: `${round.multiplier} ×` }),
    make("td", { class: "number", textContent: round.payout }),
    make("td", {}, make("button", { type: "button", class: "plain", textContent: "Check", onclick: () => act(() => check(round.id)) })),
  )));
}
async function check(id) {
  const told = await call("GET", `/game/round/${encodeURIComponent(id)}`);
  if (!told.seed.serverSeed) {
    $("revealed").textContent = "Rotate the seeds first: then the server seed of this round is told, and it can be checked.";
    $("newSeed").focus();
    return;
  }
  open(`/verify#${encodeURIComponent(JSON.stringify({ gameId: launched.get("id"), ...told }, null, 1))}`, "_blank", "noopener");
}

async function play(message) {
  const told = await post("/game/play", { message }, newKey());
  await showBalance(told.message.metadata.balance);
  return told;
}
async function afterRound() { await Promise.all([showSeeds(), showHistory()]); }
function tellOutcome(result) {
  const paid = result && !/^0(\.0*)?$/.test(result.payout), won = paid && Number(result.multiplier) > 1;
  const came = paid && `${won ? "Won" : "Paid back"} ${result.payout} (${result.multiplier} ×)`;
  $("outcome").textContent = !result ? "" : came || "Nothing this time.";
  $("outcome").className = `outcome ${won ? "good" : ""}`;
}

$("rotate").addEventListener("submit", (event) => {
  event.preventDefault();
  act(async () => {
    const clientSeed = $("newSeed").value.trim();
    const told = await post("/seed/rotate", clientSeed ? { clientSeed } : {}, newKey());
    $("newSeed").value = "";
    $("revealed").textContent = `The last server seed was ${told.previousServerSeed}`;
    await showSeeds();
  });
});
const lobby = launched.get("lobbyUrl");
if (lobby && /^https?:\/\//.test(lobby)) { $("lobby").href = lobby; $("lobby").target = "_top"; $("lobby").hidden = false; }

setInterval(() => act(async () => {
  const told = await once("POST", "/session/refresh", {});
  token = told.sessionToken;
  launched.set("sessionToken", token);
  history.replaceState(null, "", `${location.pathname}?${launched}`);
}), REFRESH_MS);

// `game` is the client of one game: build() makes its form, resume(current) goes on with an open round.
async function load() {
  const current = await post("/game/current");
  await showBalance(current.balance);
  game.resume(current.active ? current : null);
  await afterRound();
}
addEventListener("DOMContentLoaded", () => {
  game.build();
  if (token) act(load);
  else act(async () => { throw new Refused(401, { code: "ERROR_CODE_SESSION_EXPIRED" }); });
});
