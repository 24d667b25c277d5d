/**
 * DescribeCluster: the brokers, and which of them is controller.
 *
 * Behaviour / Version notes
 * - v1 asks for brokers (1) or for controllers (2). Brokers don't tell about controllers: MISMATCHED_ENDPOINT_TYPE
 *   for 2, INVALID_REQUEST for anything else. The answer names its own type, always 1.
 * - v2 tells fenced brokers. We have none: a broker that doesn't answer is not registered.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { DescribeCluster } from "#ground/protocol/messages/60-describe-cluster";
import { CLUSTER_OPERATIONS, NOT_ASKED } from "../authorized-operations.ts";
import { brokersFor } from "../brokers-for.ts";
import { type ApiHandler, handler } from "../handler.ts";

const BROKERS = 1;
const CONTROLLERS = 2;

export const describeCluster: ApiHandler = handler({
  api: DescribeCluster,
  versions: [0, 2],
  handle({ endpointType, includeClusterAuthorizedOperations }, { listener, broker }) {
    if (endpointType !== BROKERS) {
      const code = endpointType === CONTROLLERS ? "MISMATCHED_ENDPOINT_TYPE" : "INVALID_REQUEST";
      const { errorCode, message } = refusal(code, `Expected endpoint type 1 (brokers), got ${endpointType}`);
      return { errorCode, errorMessage: message };
    }
    const { image } = broker.replicas;
    const { clusterId, controllerId } = image;
    return {
      clusterId,
      controllerId,
      brokers: brokersFor(listener, image),
      clusterAuthorizedOperations: includeClusterAuthorizedOperations ? CLUSTER_OPERATIONS : NOT_ASKED,
    };
  },
});
