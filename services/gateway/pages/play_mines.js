// Mines: fields are opened one by one; an open round goes on after a reload.
const game = {
  round: null, // the id of the open round
  build() {
    $("stage").replaceChildren(make("div", { class: "grid", id: "grid" }));
    $("bet").append(make("div", { class: "fields", id: "terms" },
      field("amount", "Amount", make("input", { required: true, inputMode: "decimal", value: "1.00" })),
      field("mineCount", "Mines", make("input", { required: true, inputMode: "numeric", pattern: "[0-9]{1,2}", value: "3" })),
      field("gridSize", "Fields", choice(["25"], ["36"], ["49"], ["64"])),
    ), make("div", { class: "actions" },
      make("button", { type: "submit", id: "play", textContent: "Start" }),
      make("button", { type: "button", id: "cashout", textContent: "Cash out", onclick: () => act(game.cashout) }),
    ));
    $("gridSize").addEventListener("change", () => { if (!game.round) game.draw(null); });
    $("bet").addEventListener("submit", (event) => { event.preventDefault(); act(game.start); });
    $("grid").addEventListener("keydown", game.walk);
    game.draw(null);
  },
  resume(current) {
    game.round = current ? current.roundId : null;
    if (current) {
      const { amount, mineCount, gridSize } = current.roundData;
      for (const [id, value] of Object.entries({ amount, mineCount, gridSize })) $(id).value = String(value);
      $("outcome").textContent = "This round was still open: go on.";
    }
    game.draw(current ? current.state : null);
  },
  draw(state) {
    const open = game.round !== null, size = Number(state?.gridSize ?? $("gridSize").value);
    const opened = (state?.rounds ?? []).map((turn) => turn.field), mines = state?.mines ?? [];
    const focused = Number(document.activeElement?.dataset?.field ?? -1);
    $("grid").style.gridTemplateColumns = `repeat(${Math.sqrt(size)}, 1fr)`;
    $("grid").replaceChildren(...Array.from({ length: size }, (_, place) => {
      const mine = mines.includes(place), safe = opened.includes(place) && !mine;
      const cell = make("button", { type: "button", class: mine ? "mine" : safe ? "safe" : "", disabled: !open || safe || mine });
      cell.textContent = mine ? "✹" : safe ? "◆" : "";
      cell.ariaLabel = `Field ${place}${mine ? ", a mine" : safe ? ", safe" : ""}`;
      cell.dataset.field = String(place);
      cell.addEventListener("click", () => act(() => game.reveal(place)));
      return cell;
    }));
    if (open && focused >= 0) game.focus(focused);
    for (const id of ["amount", "mineCount", "gridSize", "play"]) $(id).disabled = open;
    const worth = opened.length ? state.rounds.at(-1).multiplier : null;
    $("cashout").disabled = !open || !worth;
    $("cashout").textContent = open && worth ? `Cash out at ${worth} ×` : "Cash out";
  },
  focus(place) {
    const free = [...$("grid").children].filter((cell) => !cell.disabled);
    (free.find((cell) => Number(cell.dataset.field) >= place) ?? free[0])?.focus();
  },
  walk(event) {
    const side = Math.sqrt($("grid").children.length), from = Number(event.target.dataset.field);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: side, ArrowUp: -side }[event.key];
    if (!step) return;
    event.preventDefault();
    for (let place = from + step; place >= 0 && place < side * side; place += step) {
      const cell = $("grid").children[place];
      if (!cell.disabled) { cell.focus(); return; }
    }
  },
  async start() {
    $("outcome").textContent = "";
    const [mineCount, gridSize] = [Number($("mineCount").value), Number($("gridSize").value)];
    game.take(await play({ start: { amount: $("amount").value.trim(), mineCount, gridSize } }), "start");
    game.focus(0);
    await showSeeds();
  },
  async reveal(place) { await game.move({ reveal: { roundId: game.round, field: place } }, "reveal"); },
  async cashout() { await game.move({ cashout: { roundId: game.round } }, "cashout"); },
  async move(message, name) {
    const told = await play(message);
    game.take(told, name);
    if (!game.round) { await afterRound(); $("play").focus(); }
  },
  take(told, name) {
    game.round = told.message.state.active ? told.roundId : null;
    game.draw(told.message.state);
    tellOutcome(told.message[name].result);
  },
};
