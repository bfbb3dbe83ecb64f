// Plinko: a ball falls through rows of pegs.
const SVG = "http://www.w3.org/2000/svg";
const STEP_MS = 90;
const shape = (name, attributes) => {
  const one = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  return one;
};
const game = {
  build() {
    $("stage").replaceChildren(shape("svg", { id: "board", viewBox: "0 0 400 380", role: "img", "aria-label": "The board" }));
    $("bet").append(make("div", { class: "fields" },
      field("amount", "Amount", make("input", { required: true, inputMode: "decimal", value: "1.00" })),
      field("rows", "Rows", choice(...Array.from({ length: 9 }, (_, i) => [String(i + 8)]))),
      field("risk", "Risk", choice(["RISK_LOW", "low"], ["RISK_MEDIUM", "medium"], ["RISK_HIGH", "high"])),
      make("div", { class: "end" }, make("button", { type: "submit", id: "play", textContent: "Drop" })),
    ));
    $("rows").addEventListener("change", () => game.draw([], null));
    $("bet").addEventListener("submit", (event) => { event.preventDefault(); act(game.drop); });
    game.draw([], null);
  },
  resume() {},
  // Where the ball is after so many of its steps.
  place(rows, path, after) {
    const gap = 400 / (rows + 2), right = path.slice(0, after).reduce((sum, one) => sum + one, 0);
    return [200 + (right - after / 2) * gap, 20 + after * (300 / rows)];
  },
  draw(path, slot, after = path.length) {
    const rows = path.length || Number($("rows").value), gap = 400 / (rows + 2), shapes = [];
    for (let row = 0; row < rows; row++)
      for (let peg = 0; peg <= row; peg++)
        shapes.push(shape("circle", { class: "peg", cx: 200 + (peg - row / 2) * gap, cy: 20 + row * (300 / rows), r: 3 }));
    for (let one = 0; one <= rows; one++)
      shapes.push(shape("rect", {
        class: one === slot ? "slot hit" : "slot", x: 200 + (one - rows / 2 - 0.45) * gap, y: 335, width: gap * 0.9, height: 30, rx: 4,
      }));
    if (path.length) {
      const points = Array.from({ length: after + 1 }, (_, step) => game.place(rows, path, step));
      shapes.push(shape("polyline", { class: "path", points: points.map((one) => one.join(",")).join(" ") }));
      const [cx, cy] = points.at(-1);
      shapes.push(shape("circle", { class: "ball", cx, cy, r: 7 }));
    }
    $("board").replaceChildren(...shapes);
  },
  async drop() {
    $("outcome").textContent = "";
    const told = await play({ bet: { amount: $("amount").value.trim(), rows: Number($("rows").value), risk: $("risk").value } });
    const { path, dropPoint, result } = told.message.bet;
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches)
      for (let step = 1; step < path.length; step++) { game.draw(path, null, step); await wait(STEP_MS); }
    game.draw(path, dropPoint.x);
    $("board").setAttribute("aria-label", `The ball fell into slot ${dropPoint.x} of ${path.length}`);
    tellOutcome(result);
    await afterRound();
  },
};
