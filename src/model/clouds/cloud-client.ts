import type Anthropic from '@anthropic-ai/sdk';
import type { BaseAnthropic } from '@anthropic-ai/sdk/client';

/** A client of the Messages API of any provider. */
export type ModelClient = BaseAnthropic & { readonly messages: Pick<Anthropic['messages'], 'create'> };

export interface CloudClient {
  readonly client: ModelClient;
  /**
   * Fetches the credentials of a call, without a call. It costs nothing.
   * @throws CredentialsError
   */
  readonly authenticate: () => Promise<unknown>;
}
