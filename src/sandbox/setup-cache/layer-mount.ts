/** The lines of the launch script that mount a set-up layer under a commit's files. Pure. */
/** The folder of the stage at which the layer is mounted. A comma or colon in its own path would break the overlay's options. */
export const LAYER = 'layer';

/**
 * The lines that run before the commit's files are unpacked. The layer becomes the lower layer of an overlay, so it is
 * never written to; the upper layer is in the sandbox's own file system: the folder on which the overlay is mounted.
 * Where both have a path, the commit's file or folder wins. Where the kernel has no overlay, or not for this user, the
 * layer is copied instead.
 * @param slotUser whether the command runs as a separate user, which must own the folders
 */
export function mountBeforeFiles(slotUser: boolean): string[] {
  // With redirect_dir, the overlay records renamed folders. In a user namespace that is not allowed, so `mv` copies.
  const options = slotUser ? 'redirect_dir=on' : 'userxattr';
  const give = slotUser ? '; chown -R "$uid:$uid" tree home' : '';
  return [
    'mkdir work-tree work-home; $as mkdir tree home',
    `lay() { mount -t overlay -o ${options},lowerdir=${LAYER}/$1,upperdir=$1,workdir=work-$1 layer $1; }`,
    'if lay tree 2>/dev/null; then umount tree; is_laid=1; else is_laid=0',
    `cp -R -p ${LAYER}/tree/. tree; cp -R -p ${LAYER}/home/. home${give}; fi`,
  ];
}

/** The lines that run after the commit's files are unpacked. */
export function mountAfterFiles(): string[] {
  return ['[ $is_laid = 0 ] || { lay tree; lay home; }'];
}
