/**
 * The last two minutes: records a second, the producer's p99, the groups' lag.
 *
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";

/** A moment. */
export interface Sample {
  readonly timeMs: number;
  readonly recordsPerSecond: number;
  /** Null: nobody produces. */
  readonly p99Ms: number | null;
  readonly lag: number;
}

const HEIGHT = 74;

export function Charts({ samples }: { readonly samples: readonly Sample[] }) {
  return (
    <section class="charts">
      <Chart title="records/s" samples={samples} read={(one) => one.recordsPerSecond} />
      <Chart title="p99 ms" samples={samples} read={(one) => one.p99Ms} />
      <Chart title="lag" samples={samples} read={(one) => one.lag} />
    </section>
  );
}

function Chart(props: {
  readonly title: string;
  readonly samples: readonly Sample[];
  readonly read: (sample: Sample) => number | null;
}) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot | null>(null);
  const data: UPlot.AlignedData = [
    props.samples.map(({ timeMs }) => timeMs / 1_000),
    props.samples.map((sample) => props.read(sample)),
  ];
  useEffect(() => {
    const style = getComputedStyle(document.documentElement);
    const ink = style.getPropertyValue("--ink");
    const axis = { stroke: ink, grid: { stroke: style.getPropertyValue("--line"), width: 1 }, font: "10px system-ui" };
    chart.current = new UPlot(
      {
        width: place.current!.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
        axes: [{ ...axis, show: false }, { ...axis, size: 44, ticks: { show: false }, space: 24 }],
        series: [{}, { stroke: style.getPropertyValue("--leader"), width: 2, fill: style.getPropertyValue("--wash") }],
      },
      data,
      place.current!,
    );
    return () => chart.current?.destroy();
  }, []);
  useEffect(() => chart.current?.setData(data));
  return (
    <div class="chart">
      <h3>{props.title}</h3>
      <div ref={place} />
    </div>
  );
}
