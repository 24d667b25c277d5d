/**
 * What can be done to a simulated broker besides: nothing of it needs a shell.
 *
 * @module
 */
import { type ComponentChildren } from "preact";
import { type NetworkPicture } from "../picture.ts";
import { type Act } from "./act.ts";

/** In milliseconds, each way. */
const SLOW_MS = 300;

interface HurtsProps {
  readonly id: number;
  /** What is so in the world: a run that is seen again does the same by itself. */
  readonly network: NetworkPicture;
  readonly act: Act;
}

export function Hurts({ id, network: { isCut, slowMs, losesNext }, act }: HurtsProps) {
  const isSlow = slowMs > 0;
  const cut = () => void act({ do: isCut ? "mend" : "cut", broker: id });
  const slow = () => void act({ do: "slow", broker: id, other: isSlow ? 0 : SLOW_MS });
  const lose = () => void act({ do: "lose", broker: id });
  return (
    <div class="buttons">
      <Hurt isOn={isCut} does={cut} title={`Nothing reaches broker ${id}, and nothing leaves it.`}>
        {isCut ? "mend" : "cut off"}
      </Hurt>
      <Hurt isOn={isSlow} does={slow} title={`All it sends or is sent takes ${isSlow ? slowMs : SLOW_MS} ms longer.`}>
        {isSlow ? "quick again" : "slow"}
      </Hurt>
      <Hurt isOn={losesNext} does={lose} title="Its next answer to the producer is lost.">
        lose an answer
      </Hurt>
    </div>
  );
}

function Hurt(props: { isOn: boolean; does: () => void; title: string; children: ComponentChildren }) {
  const { isOn, does, title, children } = props;
  return (
    <button class={isOn ? "on" : ""} aria-pressed={isOn} onClick={does} title={title}>
      {children}
    </button>
  );
}
