// Dice: one number, over or under.
const SIDES = 10000;
const game = {
  build() {
    $("stage").replaceChildren(make("p", { class: "roll", id: "roll", textContent: "–" }), make("div", { class: "scale", id: "scale" }));
    $("bet").append(make("div", { class: "fields" },
      field("amount", "Amount", make("input", { required: true, inputMode: "decimal", value: "1.00" })),
      field("side", "The roll is", choice(["over", "over"], ["under", "under"])),
      field("line", "this number", make("input", { required: true, inputMode: "numeric", pattern: "[0-9]{1,4}", value: "5000" })),
      make("div", { class: "end" }, make("button", { type: "submit", id: "play", textContent: "Roll" })),
    ), make("p", { class: "soft", id: "chance" }));
    for (const id of ["side", "line"]) $(id).addEventListener("input", () => game.draw(null));
    $("bet").addEventListener("submit", (event) => { event.preventDefault(); act(game.roll); });
    game.draw(null);
  },
  resume() {},
  draw(roll) {
    const line = Math.min(Number($("line").value) || 0, SIDES), over = $("side").value === "over";
    const ways = Math.max(0, over ? SIDES - 1 - line : line);
    $("chance").textContent = `${ways} of ${SIDES} rolls win (${(100 * ways / SIDES).toFixed(2)} %).`;
    const winning = make("div", { class: "winning" });
    winning.style.left = over ? `${100 * (SIDES - ways) / SIDES}%` : "0";
    winning.style.width = `${100 * ways / SIDES}%`;
    $("scale").replaceChildren(winning);
    if (roll === null) return;
    const mark = make("div", { class: "mark" });
    mark.style.left = `${100 * roll / SIDES}%`;
    $("scale").append(mark);
    $("roll").textContent = String(roll).padStart(4, "0");
  },
  async roll() {
    const told = await play({ bet: { amount: $("amount").value.trim(), [$("side").value]: Number($("line").value) } });
    game.draw(told.message.bet.roll);
    tellOutcome(told.message.bet.result);
    await afterRound();
  },
};
