/**
 * DescribeAcls: who may do what. There is no authorizer, as in a Kafka that isn't given one: SECURITY_DISABLED.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { DescribeAcls } from "#ground/protocol/messages/29-describe-acls";
import { type ApiHandler, handler } from "../handler.ts";

/** What all APIs about ACLs answer. */
export const NO_AUTHORIZER = refusal("SECURITY_DISABLED", "No Authorizer is configured.");

export const describeAcls: ApiHandler = handler({
  api: DescribeAcls,
  versions: [1, 3],
  handle() {
    return { errorCode: NO_AUTHORIZER.errorCode, errorMessage: NO_AUTHORIZER.message };
  },
});
