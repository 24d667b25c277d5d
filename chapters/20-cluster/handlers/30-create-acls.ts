/**
 * CreateAcls: let somebody do something. There is no authorizer: SECURITY_DISABLED for each.
 *
 * @module
 */
import { CreateAcls } from "#ground/protocol/messages/30-create-acls";
import { type ApiHandler, handler } from "../handler.ts";
import { NO_AUTHORIZER } from "./29-describe-acls.ts";

export const createAcls: ApiHandler = handler({
  api: CreateAcls,
  versions: [1, 3],
  handle({ creations }) {
    const { errorCode, message: errorMessage } = NO_AUTHORIZER;
    return { results: creations.map(() => ({ errorCode, errorMessage })) };
  },
});
