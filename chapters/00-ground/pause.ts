import { type Runtime } from "#ground/runtime";

/** Resolves in `ms` milliseconds: before something is tried again. */
export function pause({ clock, scheduler }: Pick<Runtime, "clock" | "scheduler">, ms: number): Promise<void> {
  return new Promise((resolve) => void scheduler.at(clock.nowMs() + ms, resolve));
}
