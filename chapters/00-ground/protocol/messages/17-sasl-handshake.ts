import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, string } from "../schema.ts";

export const SaslHandshake = api({
  key: 17,
  name: "SaslHandshake",
  versions: [0, 1],
  flexibleFrom: null,
  request: {
    mechanism: string(),
  },
  response: {
    errorCode: int16(),
    mechanisms: array(string()),
  },
});

export type SaslHandshakeRequest = RequestOf<typeof SaslHandshake>;
export type SaslHandshakeResponse = ResponseOf<typeof SaslHandshake>;
