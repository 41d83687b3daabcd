import { join } from 'node:path';
import type { ModelEndpoint } from '../model/endpoint.js';
import { startScriptedModel, type ScriptedModel } from '../model/scripted/scripted-model.js';
import { loadScript } from '../model/scripted/script.js';
import { packageRoot } from '../shared/files/package-root.js';

/** The built-in example's answers. */
const EXAMPLE_SCRIPT = join(packageRoot, 'examples', 'bookshop', 'script.yaml');

/** The scripted model: a server inside the worker, started by the first call. It needs no key. */
export class ScriptedEndpoint {
  private server: Promise<ScriptedModel> | undefined;

  async endpoint(): Promise<ModelEndpoint> {
    this.server ??= loadScript(EXAMPLE_SCRIPT).then((script) =>
      startScriptedModel(script, { record: false }),
    );
    return { baseUrl: (await this.server).url, apiKey: undefined };
  }

  async close(): Promise<void> {
    await (await this.server)?.close();
  }
}
