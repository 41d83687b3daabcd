/**
 * A proxy between workers and a Temporal server. It passes everything on unchanged, and lets a test act at the moment
 * at which a workflow continues as new, which cannot be timed reliably in any other way.
 */
import { once } from 'node:events';
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import proto from '@temporalio/proto';
import { Gate } from './lead-stubs.js';

const { RespondWorkflowTaskCompletedRequest } = proto.temporal.api.workflowservice.v1;
const SERVICE = '/temporal.api.workflowservice.v1.WorkflowService/';
/** Bytes before a gRPC message: a flag and the length. */
const FRAME = 5;

export class TemporalProxy {
  /** Called before a worker's request to continue as new reaches the server. */
  beforeContinueAsNew: (() => Promise<unknown>) | undefined;
  /** Called when the server has started the next run, before any worker learns of it. */
  afterContinueAsNew: (() => Promise<unknown>) | undefined;
  /** Called before a worker's request for a timer of a workflow reaches the server. */
  beforeTimer: (() => Promise<unknown>) | undefined;
  /** How often a worker asked to continue as new, accepted or not. */
  continueAsNews = 0;
  private polls: Gate | undefined;
  private readonly server = createServer();
  private readonly sessions: ClientHttp2Session[] = [];

  /** Starts the proxy in front of the server at `target`. Returns the proxy's address. */
  async open(target: string): Promise<string> {
    this.server.on('session', (worker) => {
      const session = connect(`http://${target}`);
      this.sessions.push(session);
      session.on('error', () => worker.destroy());
      worker.on('error', () => session.destroy());
      worker.on('close', () => session.close());
      worker.on('stream', (stream, headers) => {
        this.pass(session, stream, headers).catch(() => stream.destroy());
      });
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const session of this.sessions) session.destroy();
    this.server.close();
  }

  private async pass(
    session: ClientHttp2Session,
    worker: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
  ): Promise<void> {
    const method = (headers[':path'] ?? '').replace(SERVICE, '');
    worker.on('error', () => undefined);
    const body = await buffer(worker);
    const commands = method === 'RespondWorkflowTaskCompleted' ? commandsIn(body) : [];
    if (commands.some((command) => command.startTimerCommandAttributes)) await this.beforeTimer?.();
    const continuesAsNew = commands.some(
      (command) => command.continueAsNewWorkflowExecutionCommandAttributes,
    );
    if (continuesAsNew) {
      this.continueAsNews++;
      await this.beforeContinueAsNew?.();
      if (this.afterContinueAsNew !== undefined) this.polls = new Gate();
    }
    const request = session.request({ ...headers, ':authority': undefined });
    request.on('error', () => worker.destroy());
    worker.on('close', () => request.close());
    request.end(body);
    let trailers: IncomingHttpHeaders = {};
    request.on('trailers', (given: IncomingHttpHeaders) => (trailers = given));
    const [response, flags] = (await once(request, 'response')) as [IncomingHttpHeaders, number];
    if (continuesAsNew && this.polls !== undefined) {
      await this.afterContinueAsNew?.();
      this.polls.open();
    }
    if (method === 'PollWorkflowTaskQueue') await this.polls?.pass();
    if (worker.destroyed) return;
    // An error response consists of headers only.
    const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    worker.respond(response, { endStream, waitForTrailers: !endStream });
    worker.on('wantTrailers', () => worker.sendTrailers(trailers));
    if (!endStream) request.pipe(worker);
  }
}

/** The commands in a worker's answer to a workflow task. */
function commandsIn(body: Buffer) {
  const message = body.subarray(FRAME);
  return RespondWorkflowTaskCompletedRequest.decode(body[0] === 1 ? gunzipSync(message) : message).commands;
}
