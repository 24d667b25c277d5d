/** @module */
import { KafkaError } from "#ground/errors";
import { type Configs } from "#serialization";

/**
 * Makes the interceptors that a user asks for, and configures them.
 *
 * @param choice - `interceptor.classes`: a list of classes or ready objects, or one of them; null for none
 * @param methods - for the error: what they may have
 * @throws KafkaError INVALID_CONFIG when something in it can't be one
 */
export function createInterceptors<I extends { configure?(configs: Configs): void }>(
  choice: string | object | null,
  methods: string,
  configs: Configs,
): I[] {
  const choices: readonly unknown[] = Array.isArray(choice) ? choice : choice === null ? [] : [choice];
  const interceptors = choices.map((one) => {
    if (typeof one === "function") return new (one as new () => I)();
    if (typeof one === "object" && one !== null) return one as I;
    const expected = `interceptor.classes: expected a list of classes or objects with ${methods}`;
    throw new KafkaError("INVALID_CONFIG", `${expected}, got "${String(one)}"`);
  });
  for (const interceptor of interceptors) interceptor.configure?.(configs);
  return interceptors;
}
