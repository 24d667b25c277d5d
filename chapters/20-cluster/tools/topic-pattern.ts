/**
 * Several topics in one option.
 *
 * @module
 */

/**
 * Names and regular expressions with commas between them, as Kafka's `IncludeList` takes them.
 * @throws Error for what is no regular expression
 */
export function topicPattern(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text.trim().replaceAll(/["']/g, "").split(",").map((part) => part.trim()).join("|")})$`);
  } catch {
    throw new Error(`${text} is an invalid regex.`);
  }
}
