import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "7.2 claimsOf",
    name: "everybody is believed",
    why: "A member that was away still claims what others have by now: two would read one partition.",
    caughtBy: "7.2 claimsOf: of two that claim a partition, the one of the later generation has it",
    body: "return new Map(members.map(({ memberId, owned }) => [memberId, [...owned]]));",
  },
  {
    exercise: "7.2 claimsOf",
    name: "only the newest generation is believed",
    why: "A member that missed one rebalance would lose also what nobody else has taken.",
    caughtBy: "7.2 claimsOf: what only one claims is his, however long ago he got it",
    body:
      "const newest = Math.max(...members.map(({ generation }) => generation));\n" +
      "  return new Map(members.map((one) => [one.memberId, one.generation === newest ? [...one.owned] : []]));",
  },
  {
    exercise: "7.2 claimsOf",
    name: "of two equal claims the first one counts",
    why: "One of them is wrong, and nobody knows which: whoever is believed may be the one that isn't reading.",
    caughtBy: "7.2 claimsOf: two of the same generation can't both be right, so none has it",
    replace: [
      ["known.generation === generation) known.count++;", "known.generation === generation) known.count += 0;"],
      [
        "winner.generation === generation && winner.count === 1",
        "winner.generation === generation && winner.count-- > 0",
      ],
    ],
  },
  {
    exercise: "7.2 assignSticky",
    name: "everybody keeps everything",
    why: "It is as sticky as can be, but who joins gets nothing.",
    caughtBy: "7.2 assignSticky: when a member joins, only what it needs moves",
    replace: [["kept.slice(0, isLarger ? share + 1 : share)", "kept"]],
  },
  {
    exercise: "7.2 assignSticky",
    name: "nobody keeps one more",
    why:
      "When it doesn't come out even somebody has one more anyway: taking it away and giving it back moves it " +
      "for nothing.",
    caughtBy: "7.2 assignSticky: when it doesn't come out even, those with more keep one more",
    replace: [["kept.slice(0, isLarger ? share + 1 : share)", "kept.slice(0, share)"]],
  },
  {
    exercise: "7.2 assignSticky",
    name: "claims to partitions that are gone",
    why: "A topic may have been deleted, or made anew with fewer partitions. What isn't there can't be read.",
    caughtBy: "7.2 assignSticky: partitions that are gone are nobody's",
    replace: [["claims.get(id)!.filter((partition) => left.has(nameOf(partition)))", "claims.get(id)!"]],
  },
]);
