import { z } from 'zod';

/** Linux allows no longer path (PATH_MAX). The answers of tools repeat the paths of their calls. */
const MAX_PATH = 4_096;

/** A folder in the input of a tool; '' for the whole repository. */
export const folderInput = z.string().max(MAX_PATH);

/** The path of a file in the input of a tool. */
export const pathInput = folderInput.min(1);
