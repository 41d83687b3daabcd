/** A server that speaks OpenAI's chat completions, as vLLM and many others do, behind a gateway. */
import { createServer } from 'node:http';
import { z } from 'zod';
import { messageOf } from '../../src/contract/errors.js';
import { listenOnLoopback } from './loopback.js';
import { readBody } from '../../src/shared/network/read-body.js';

const MESSAGE = z.looseObject({ role: z.string() });
const REQUEST = z.looseObject({
  model: z.string(),
  messages: z.array(MESSAGE),
  stream: z.boolean().optional(),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).optional(),
});
export type ChatRequest = z.output<typeof REQUEST>;

/** A call of a tool, as an answer. */
export interface ChatCall {
  readonly name: string;
  readonly input: object;
}

export interface OpenAiStandIn {
  readonly url: string;
  readonly requests: readonly ChatRequest[];
  close(): Promise<void>;
}

const MAX_BYTES = 32 * 1024 * 1024;

/** Starts a server whose answers are calls of tools. */
export async function startOpenAi(answer: (request: ChatRequest) => ChatCall): Promise<OpenAiStandIn> {
  const requests: ChatRequest[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
        response.writeHead(404).end();
        return;
      }
      const asked = REQUEST.parse(JSON.parse(await readBody(request, MAX_BYTES)));
      requests.push(asked);
      const { name, input } = answer(asked);
      const id = `chatcmpl-${requests.length}`;
      const call = {
        index: 0,
        id: `call_${requests.length}`,
        type: 'function',
        function: { name, arguments: JSON.stringify(input) },
      };
      const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
      const whole = { id, created: 1, model: asked.model, usage };
      if (asked.stream !== true) {
        const message = { role: 'assistant', content: null, tool_calls: [call] };
        const choices = [{ index: 0, message, finish_reason: 'tool_calls' }];
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ ...whole, object: 'chat.completion', choices }));
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const send = (choices: object[], more = {}) =>
        response.write(
          `data: ${JSON.stringify({ id, created: 1, model: asked.model, object: 'chat.completion.chunk', choices, ...more })}\n\n`,
        );
      send([{ index: 0, delta: { role: 'assistant', tool_calls: [call] }, finish_reason: null }]);
      send([{ index: 0, delta: {}, finish_reason: 'tool_calls' }]);
      send([], { usage });
      response.end('data: [DONE]\n\n');
    })().catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(messageOf(error));
    });
  });
  const url = await listenOnLoopback(server);
  return {
    url,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
