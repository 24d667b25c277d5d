/**
 * DeleteAcls: no longer let somebody do something. There is no authorizer: SECURITY_DISABLED for each filter.
 *
 * @module
 */
import { DeleteAcls } from "#ground/protocol/messages/31-delete-acls";
import { type ApiHandler, handler } from "../handler.ts";
import { NO_AUTHORIZER } from "./29-describe-acls.ts";

export const deleteAcls: ApiHandler = handler({
  api: DeleteAcls,
  versions: [1, 3],
  handle({ filters }) {
    const { errorCode, message: errorMessage } = NO_AUTHORIZER;
    return { filterResults: filters.map(() => ({ errorCode, errorMessage })) };
  },
});
