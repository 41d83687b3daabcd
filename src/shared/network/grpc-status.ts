import { isGrpcServiceError } from '@temporalio/client';

/** Status codes of gRPC that Temporal's server answers with. */
export const NOT_FOUND = 5;
export const FAILED_PRECONDITION = 9;

/** The status code of an error of gRPC; null for any other error. */
export function grpcStatusOf(error: unknown): number | null {
  return isGrpcServiceError(error) ? error.code : null;
}
