/**
 * What can be done to a simulated broker besides: nothing of it needs a shell.
 *
 * @module
 */
import { useState } from "preact/hooks";
import { type Act } from "./act.ts";

/** In milliseconds, each way. */
const SLOW_MS = 300;

export function Hurts({ id, act }: { readonly id: number; readonly act: Act }) {
  const [isCut, setCut] = useState(false);
  const [isSlow, setSlow] = useState(false);
  const cut = () => {
    setCut(!isCut);
    void act({ do: isCut ? "mend" : "cut", broker: id });
  };
  const slow = () => {
    setSlow(!isSlow);
    void act({ do: "slow", broker: id, other: isSlow ? 0 : SLOW_MS });
  };
  return (
    <div class="buttons">
      <button class={isCut ? "on" : ""} onClick={cut} title={`Nothing reaches broker ${id}, and nothing leaves it.`}>
        {isCut ? "mend" : "cut off"}
      </button>
      <button class={isSlow ? "on" : ""} onClick={slow} title={`All it sends or is sent takes ${SLOW_MS} ms longer.`}>
        {isSlow ? "quick again" : "slow"}
      </button>
      <button onClick={() => void act({ do: "lose", broker: id })} title="Its next answer to the producer is lost.">
        lose an answer
      </button>
    </div>
  );
}
