import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "7.1 compareMembers",
    name: "static members like all others",
    why: "A static member gets a new member id each time it starts; ordered by that, it would get other partitions.",
    caughtBy: "7.1 compareMembers: static members come first, by the name that stays theirs",
    body: "return compareText(a.memberId, b.memberId);",
  },
  {
    exercise: "7.1 compareMembers",
    name: "the order of a language",
    why: "localeCompare puts ä beside a and capitals beside small letters: members of other languages would disagree.",
    caughtBy: "7.1 compareMembers: capitals come before small letters, as in Java, whatever the language",
    replace: [["return compareText(a.memberId, b.memberId);", "return a.memberId.localeCompare(b.memberId);"]],
  },
  {
    exercise: "7.1 assignRange",
    name: "the last ones get one more",
    why:
      "It is as balanced, but other clients in the group expect the first ones to, as it is a rule and not a " +
      "choice.",
    caughtBy: "7.1 assignRange: each gets partitions that follow each other, the first ones one more",
    replace: [["i < count % readers.length", "i >= readers.length - (count % readers.length)"]],
  },
  {
    exercise: "7.1 assignRange",
    name: "all members share every topic",
    why: "Who didn't ask for a topic gets partitions that nobody will ever read.",
    caughtBy: "7.1 assignRange: only members that want a topic share it",
    replace: [["sorted.filter(({ topics }) => topics.includes(topic))", "sorted"]],
  },
  {
    exercise: "7.1 assignRange",
    name: "members as they come",
    why: "The leader gets the members in any order, and another leader in another: partitions would move for nothing.",
    caughtBy: "7.1 assignRange: everything is shared out, once, whatever the order of the members",
    replace: [["[...members].sort(compareMembers)", "[...members]"]],
  },
  {
    exercise: "7.1 assignRoundRobin",
    name: "each topic begins with the first member",
    why: "With many topics of one partition the first member gets them all.",
    caughtBy: "7.1 assignRoundRobin: partitions are dealt out one by one, on and on over the topics",
    replace: [
      [
        "for (const partition of partitionsOf(topic, partitionCounts.get(topic) ?? 0)) {",
        "next = 0;\n" +
          "    for (const partition of partitionsOf(topic, partitionCounts.get(topic) ?? 0)) {",
      ],
    ],
  },
  {
    exercise: "7.1 assignRoundRobin",
    name: "topics as they are known",
    why: "The metadata name topics in any order; the assignment would depend on who leads.",
    caughtBy: "7.1 assignRoundRobin: the topics come by their name, not in the order in which they are known",
    replace: [["[...wanted].sort(compareText)", "[...partitionCounts.keys()].filter((one) => wanted.has(one))"]],
  },
  {
    exercise: "7.1 assignRoundRobin",
    name: "what a member doesn't want is skipped",
    why: "The partition is nobody's then, and is not read.",
    caughtBy: "7.1 assignRoundRobin: who doesn't want a topic is passed over, and that isn't made up for",
    replace: [
      ["while (!circle[next % circle.length]!.topics.includes(topic)) next++;", ""],
      [
        "assignment.get(circle[next++ % circle.length]!.memberId)!.push(partition);",
        "const member = circle[next++ % circle.length]!;\n" +
          "      if (member.topics.includes(topic)) assignment.get(member.memberId)!.push(partition);",
      ],
    ],
  },
]);
