"""The pages in a real browser, before a real town: what is played on one can be checked on the other."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import Phase, given, settings

from services.gateway.pages import CLIENTS, pages
from services.rgs.games.baccarat.hands import dealt
from services.rgs.games.blackjack import sides
from services.rgs.games.cards import DECK
from shared.fair.round_checker import logged
from shared.fair.round_checker.answer import question
from shared.fair.round_checker.check import check
from tests.browser import Tab
from tests.specs.rounds_of_games import CODES, baccarat_decks, opened_otherwise, rounds
from tests.system.casino import Casino, client_of, open_casino

CHECK_ALL = (
    "Promise.all({}.map((one) => checkRound(one, published).then((found) => [found.problems.length, found.payout])))"
)
CONTRAST = """(() => {
  const light = (colour) => { const [r, g, b] = colour.match(/[\\d.]+/g).map((n) => n / 255)
    .map((n) => (n <= 0.03928 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (one) => { while (one) { const c = getComputedStyle(one).backgroundColor;
    if (!/, 0\\)$|transparent/.test(c)) return c; one = one.parentElement; } return 'rgb(255,255,255)'; };
  return Math.min(...[...document.querySelectorAll('h1,h2,p,label,input,select,button:not(:disabled),a,dt,dd,legend')]
    .filter((one) => one.checkVisibility()).map((one) => {
      const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
      return (a + 0.05) / (b + 0.05); }));
})()"""
"""The weakest contrast of any text, as WCAG reckons it."""
NAMELESS = """[...document.querySelectorAll('input,select,textarea,button')].filter((one) => one.checkVisibility())
  .filter((one) => !(one.labels?.length || one.ariaLabel || one.textContent.trim())).map((one) => one.id)"""


@pytest.fixture(scope="module")
def casino() -> Iterator[Casino]:
    with open_casino() as found:
        yield found


@pytest.fixture
def town(casino: Casino) -> str:
    """Its address."""
    return casino.address


def seat(tab: Tab, url: str) -> None:
    """Open a client, and wait until it shows a balance."""
    tab.say("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    tab.go(url)
    tab.until("/^[0-9.]+$/.test(document.querySelector('#balance').textContent)")
    settle(tab)


def settle(tab: Tab) -> None:
    tab.until("document.body.ariaBusy !== 'true'")


def some_rounds(each: int) -> list[dict[str, Any]]:
    """So many rounds of every game, as its own rules play them."""
    found: list[dict[str, Any]] = []
    for slug in CODES:

        @settings(max_examples=each, database=None, phases=[Phase.generate])
        @given(rounds(slug))
        def played(round_: dict[str, Any]) -> None:
            found.append(logged.question(round_, round_["server_seed"]))

        played()
    return found


def test_the_page_finds_what_every_game_played_and_sees_whatever_was_changed(tab: Tab, town: str) -> None:
    tab.go(f"{town}/verify")
    asked = some_rounds(100)
    assert {one["game"].partition("-")[0] for one in asked} == set(CODES)
    found = tab.run(CHECK_ALL.format(json.dumps(asked)))
    assert found == [[0, one["payout"]] for one in asked]
    for name, wrong in (
        ("payout", "0.071"), ("exactMultiplier", "1/7"), ("serverHash", "0" * 64), ("nonce", 10**7), ("rtp", "0.5"),
    ):  # fmt: skip
        changed = [{**one, name: wrong} for one in asked]
        seen = [problems for problems, _ in tab.run(CHECK_ALL.format(json.dumps(changed)))]
        missed = [one["game"] for one, problems in zip(asked, seen, strict=True) if not problems]
        # Another nonce may come to the same slice, or the same winner of two that were bet on.
        assert len(missed) <= (len(asked) // 10 if name == "nonce" else 0), (name, missed)


def test_the_page_sees_that_a_round_at_once_opened_what_its_bet_does_not_say(tab: Tab, town: str) -> None:
    tab.go(f"{town}/verify")
    at_once = [opened_otherwise(one) for one in some_rounds(50) if "fields" in one["bet"]]
    assert {"mineCount" in one["bet"] for one in at_once} == {True, False}
    assert all(problems for problems, _ in tab.run(CHECK_ALL.format(json.dumps(at_once))))


def test_the_page_deals_every_hand_and_pays_every_side_bet_alike(tab: Tab, town: str) -> None:
    tab.go(f"{town}/verify")
    decks = baccarat_decks()
    numbers = [[-(-DECK.index(card) * 2**32 // 52) for card in deck] for deck in decks]
    deal = "(({shown}) => [shown.player, shown.banker])(GAMES.baccarat({numbers, bet: {on: 'TIE'}}))"
    found = tab.run(f"{json.dumps(numbers)}.map((numbers) => {deal})")
    assert found == [[list(hands.player), list(hands.banker)] for hands in map(dealt, decks)]
    paid = Counter(int(sides.three_card_poker(*cards)) for cards in product(DECK, repeat=3))
    paid.update(int(sides.perfect_pairs(*cards)) for cards in product(DECK, repeat=2))
    count = """(() => { const all = upTo(52).map((one) => SUITS[one % 4] + FACES[one >> 2]), paid = {};
      const add = (pays) => { paid[pays] = (paid[pays] || 0) + 1; };
      for (const a of all) for (const b of all) { add(pairOf(a, b)); for (const c of all) add(pokerOf([a, b, c])); }
      return paid; })()"""
    assert tab.run(count) == {str(pays): times for pays, times in paid.items()}


@pytest.mark.parametrize("slug", CODES)
def test_the_form_can_be_filled_in_for_every_game(tab: Tab, town: str, slug: str) -> None:
    """What was pasted fills the form in; what then stands there comes to the same."""
    tab.go(f"{town}/verify")
    for one in [one for one in some_rounds(12) if one["game"].startswith(slug)]:
        tab.fill("#paste", json.dumps(one))
        tab.click("#read")
        tab.until("document.querySelector('#verdict').textContent === 'Everything matches'")
        tab.fill("#clientSeed", one["clientSeed"])
        tab.run("document.querySelector('#result').hidden = true")
        tab.click("#form button[type=submit]")
        tab.until("!document.querySelector('#result').hidden")
        assert f"(exactly {check(one).multiplier})" in tab.text("#fact-multiplier")
        assert tab.text("#fact-payout") == one["payout"]


def test_the_page_is_used_by_keyboard_alone_and_reads_well_by_day_and_by_night(tab: Tab, town: str) -> None:
    for scheme in ("light", "dark"):
        tab.prefer(scheme)
        tab.go(f"{town}/verify")
        for field, text in (("clientSeed", "abc"), ("serverSeed", "def"), ("bet-over", "5000")):
            tab.walk_to(f"#{field}")
            tab.say("Input.insertText", text=text)
        tab.press("Enter")
        tab.until("document.activeElement?.id === 'result'")
        assert tab.text("#fact-roll") == "8320"
        assert tab.text("#fact-multiplier") == "1.98 (exactly 9900/4999)"
        assert tab.run(NAMELESS) == []
        assert tab.run(CONTRAST) >= 4.5


@pytest.mark.parametrize(
    ("pasted", "says"),
    [
        ("nonsense",                        "it is not JSON"),
        ("[]",                              "it is not a JSON object"),
        ('{"round": {}}',                   "seed is missing"),
        ('{"game": "roulette-alpha"}',      "none of the games"),
        ('{"game": "dice"}',                "not a game code"),
        ('{"game": "dice-alpha", "bet": {}, "state": {}, "serverSeed": "a", "clientSeed": "b"}', "nonce"),
        ('{"game": "dice-alpha", "rtp": "much"}',  "rtp is not decimal text"),
        ('{"game": "wheel-alpha", "table": [1]}',  "table is not a list of decimal text"),
    ],
)  # fmt: skip
def test_the_page_says_plainly_what_cannot_be_checked(tab: Tab, town: str, pasted: str, says: str) -> None:
    tab.go(f"{town}/verify")
    tab.fill("#paste", pasted)
    tab.click("#read")
    tab.until("document.querySelector('#verdict').textContent === 'This cannot be checked'")
    assert says in tab.text("#problems")


def test_the_page_works_from_a_file_without_a_network(tab: Tab, tmp_path: Path) -> None:
    place = tmp_path / "verify.html"
    place.write_bytes(pages()["/verify"].body)
    tab.go(f"{place.as_uri()}#{json.dumps(some_rounds(1)[0])}")
    tab.until("document.querySelector('#verdict').textContent === 'Everything matches'")
    assert b"http://" not in place.read_bytes().replace(b"http://www.w3.org/2000/svg", b"")


def test_dice_is_played_its_seeds_rotated_and_its_round_checked(tab: Tab, casino: Casino) -> None:
    url = casino.launch("rocket", "dice-alpha")
    seat(tab, url)
    before = tab.text("#balance")
    assert tab.text("#noHistory") == "Nothing has been played yet."
    tab.fill("#line", "2500")
    tab.fill("#side", "under")
    assert tab.text("#chance") == "2500 of 10000 rolls win (25.00 %)."
    tab.click("#play")
    tab.until("document.querySelectorAll('#history tr').length === 1")
    settle(tab)
    with client_of(url) as session:
        [round_] = session.get("/game/history").json()["rounds"]
        told = session.get(f"/game/round/{round_['id']}").json()
        assert session.get("/game/balance").json()["balance"] == tab.text("#balance") != before
        assert tab.text("#roll") == f"{told['state']['result']:04}"
        assert (round_["payout"] == "0.00") is (tab.text("#outcome") == "Nothing this time.")
        assert tab.text("#nonce") == "1"

        tab.click("#history button")
        tab.until("document.querySelector('#revealed').textContent.includes('Rotate the seeds first')")
        promised = tab.text("#upcomingServerHash")
        tab.fill("#newSeed", "my-own-luck")
        tab.click("#rotate button")
        tab.until("document.querySelector('#clientSeed').textContent === 'my-own-luck'")
        assert tab.text("#serverHash") == promised
        assert tab.text("#nonce") == "0"
        settle(tab)
        tab.click("#history button")
        beside = tab.opened()
        beside.until("document.querySelector('#verdict')?.textContent === 'Everything matches'")
        assert beside.complaints() == []
        answer = session.get(f"/game/round/{round_['id']}").json()
        assert check(question(answer)).ok


OWN_CODES = """
{kind: game, tenant: starlight, key: fortune, spec: {title: F, slug: wheel, rtp: "0.97", tables: {10/LOW: TABLE}}}
---
{kind: game, tenant: starlight, key: wheel-alpha-2, spec: {title: W, slug: wheel, rtp: "0.85"}}
---
{kind: game, tenant: starlight, key: dice-vip, spec: {title: D, slug: dice, rtp: "0.9725"}}
---
{kind: game, tenant: starlight, key: field-of-luck, spec: {title: M, slug: mines, rtp: "0.93"}}
""".replace("TABLE", '["1.94", "0", "1.94", "0", "1.94", "0", "1.94", "0", "1.94", "0"]')
LOW = {"bet": {"amount": "1.00", "segments": 10, "difficulty": "low"}}
ON_THEM = (
    ("fortune",       LOW),
    ("fortune",       {"bet": {"amount": "1.00", "segments": 50, "difficulty": "low"}}),
    ("wheel-alpha-2", LOW),
    ("dice-vip",      {"bet": {"amount": "1.00", "over": 99}}),
    ("field-of-luck", {"instant": {"amount": "1.00", "mineCount": 1, "gridSize": 64, "fields": [1, 2]}}),
)  # fmt: skip


def test_a_saved_round_of_any_code_is_enough_to_check_it(tab: Tab, casino: Casino, tmp_path: Path) -> None:
    """Of codes with tables of their own, with other rates, and with names that tell neither rate nor game."""
    world, place = tmp_path / "world.yaml", tmp_path / "round.json"
    world.write_text(OWN_CODES)
    done = casino.run("apply", "-f", str(world))
    assert done.returncode == 0, done.stderr
    tab.go(f"{casino.address}/verify")
    for code, bet in ON_THEM:
        with client_of(casino.launch("rocket", code)) as session:
            for _ in range(40):
                played = session.post("/game/play", json={"message": bet}).json()
                session.post("/seed/rotate", json={})
                answer = session.get(f"/game/round/{played['roundId']}").json()
                if answer["round"]["result"]["payout"] != "0.00":
                    break  # what wins nothing pays the same at every rate
        place.write_text(json.dumps(answer))
        done = casino.run("verify-round", str(place))
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        logged_too = casino.run("verify-round", played["roundId"])
        assert (logged_too.returncode, logged_too.stderr) == (0, ""), logged_too.stdout
        _checks_on_the_page(tab, answer)
        answer["round"]["rtp"] = "0.5"
        answer["round"]["table"] = ["0.5"] * answer["roundData"].get("segments", 1)
        assert not check(question(answer)).ok, code


def _checks_on_the_page(tab: Tab, answer: dict[str, Any]) -> None:
    """Pasted, and then from the form that the paste has filled in, by its own figures."""
    tab.run("document.querySelector('#verdict').textContent = ''")
    tab.fill("#paste", json.dumps(answer))
    tab.click("#read")
    tab.until("document.querySelector('#verdict').textContent !== ''")
    assert tab.text("#verdict") == "Everything matches", tab.text("#problems")
    tab.fill("#clientSeed", answer["seed"]["clientSeed"])
    tab.run("document.querySelector('#result').hidden = true")
    tab.click("#form button[type=submit]")
    tab.until("!document.querySelector('#result').hidden")
    assert tab.text("#fact-payout") == answer["round"]["result"]["payout"], tab.text("#problems")


def test_an_open_round_of_mines_goes_on_after_a_reload_and_is_cashed_out_by_keyboard(tab: Tab, casino: Casino) -> None:
    url = casino.launch("groot", "mines-alpha", lobbyUrl="https://operator.example/lobby")
    for _ in range(20):
        seat(tab, url)
        assert tab.run("document.querySelector('#lobby').href") == "https://operator.example/lobby"
        tab.fill("#mineCount", "1")
        tab.click("#play")
        tab.until("document.activeElement?.dataset.field === '0'")
        settle(tab)
        tab.press("ArrowDown")
        tab.press("Enter")
        tab.until("document.querySelectorAll('#grid .safe, #grid .mine').length > 0")
        settle(tab)
        if tab.run("document.querySelectorAll('#grid .mine').length") == 0:
            break
    seat(tab, url)
    tab.until("document.querySelectorAll('#grid .safe').length === 1")
    assert tab.run("document.querySelector('#grid .safe').dataset.field") == "5"
    assert tab.text("#outcome") == "This round was still open: go on."
    assert tab.run("document.querySelector('#play').disabled") is True
    assert tab.text("#cashout") == "Cash out at 1.03 ×"
    assert tab.run(NAMELESS) == []
    tab.walk_to("#cashout")
    tab.press("Enter")
    tab.until("document.querySelector('#outcome').textContent === 'Won 1.03 (1.03 ×)'")
    settle(tab)
    assert tab.run("document.querySelectorAll('#grid .mine').length") == 1
    seat(tab, url)
    assert tab.run("document.querySelector('#play').disabled") is False


def test_plinko_drops_a_ball_where_the_seeds_say(tab: Tab, casino: Casino) -> None:
    url = casino.launch("gamora", "plinko-delta")
    seat(tab, url)
    tab.fill("#rows", "12")
    tab.fill("#risk", "RISK_HIGH")
    tab.click("#play")
    tab.until("document.querySelectorAll('#history tr').length === 1")
    settle(tab)
    with client_of(url) as session:
        [row] = session.get("/game/history").json()["rounds"]
        state = session.get(f"/game/round/{row['id']}").json()["state"]
    assert state["rows"] == 12
    assert tab.run("[...document.querySelectorAll('.slot')].findIndex((one) => one.matches('.hit'))") == state["result"]
    assert tab.run("document.querySelectorAll('.slot').length") == 13


def test_a_lost_answer_is_asked_for_again_and_nothing_happens_twice(tab: Tab, casino: Casino) -> None:
    url = casino.launch("mantis", "dice-beta")
    seat(tab, url)
    tab.say("Fetch.enable", patterns=[{"urlPattern": "*/game/play", "requestStage": "Response"}])
    tab.click("#play")
    lost = tab.event("Fetch.requestPaused")
    assert lost["responseStatusCode"] == 200
    tab.say("Fetch.failRequest", requestId=lost["requestId"], errorReason="ConnectionReset")
    again = tab.event("Fetch.requestPaused")
    tab.say("Fetch.continueRequest", requestId=again["requestId"])
    tab.say("Fetch.disable")
    tab.until("document.querySelectorAll('#history tr').length === 1")
    settle(tab)
    assert tab.run("document.querySelector('#error').hidden") is True
    with client_of(url) as session:
        assert len(session.get("/game/history").json()["rounds"]) == 1
        assert session.post("/seed/current").json()["nonce"] == 1


@pytest.mark.parametrize(
    ("amount", "says"),
    [
        ("999.00", "The balance is too low for this."),
        ("0.001",  "This amount cannot be staked."),
        ("plenty", "This amount cannot be staked."),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_said_plainly(tab: Tab, casino: Casino, amount: str, says: str) -> None:
    seat(tab, casino.launch("StarlordV7", "dice-delta"))
    before = tab.text("#balance")
    tab.fill("#amount", amount)
    tab.click("#play")
    tab.until("!document.querySelector('#error').hidden")
    assert tab.text("#error") == says
    assert tab.text("#balance") == before
    assert tab.run("document.querySelector('#error').getAttribute('role')") == "alert"


@pytest.mark.parametrize("slug", CLIENTS)
def test_a_session_that_is_over_is_said_to_be(tab: Tab, town: str, slug: str) -> None:
    for query in ("", f"?sessionToken={'x' * 43}&id={slug}-alpha"):
        tab.go(f"{town}/play/{slug}{query}")
        tab.until("!document.querySelector('#error').hidden")
        assert tab.text("#error") == "This session is over. Open the game anew from the lobby."
        for scheme in ("light", "dark"):
            tab.prefer(scheme)
            assert tab.run(CONTRAST) >= 4.5


def test_a_lobby_that_is_no_address_of_the_web_is_not_linked(tab: Tab, town: str) -> None:
    tab.go(f"{town}/play/dice?sessionToken=x&id=dice-alpha&lobbyUrl=javascript:alert(1)")
    tab.until("!document.querySelector('#error').hidden")
    assert tab.run("document.querySelector('#lobby').hidden") is True


def test_every_page_may_run_what_is_in_it_and_nothing_else(town: str) -> None:
    for path, page in pages().items():
        answer = httpx.get(town + path, timeout=30)
        assert (answer.status_code, answer.content) == (page.status, page.body), path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert not re.search(r"<[^>]+\s(?:on\w+|style)=", answer.text.partition("<script")[0]), path
        assert not re.search(r"\{\{\w+\}\}", answer.text), path
    assert httpx.get(f"{town}/play/keno", timeout=30).status_code == 404
