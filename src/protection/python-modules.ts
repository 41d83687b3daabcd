/** Names of Python modules that a file of the repository must not take the place of. */

/** The modules of the standard library (Python 3.9 to 3.14) that a repository does not name its own modules after. */
const STANDARD_LIBRARY =
  'abc aifc argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins bz2 cProfile ' +
  'calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall compression concurrent ' +
  'configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis ' +
  'distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib ' +
  'functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib ' +
  'imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap ' +
  'marshal math mimetypes mmap modulefinder multiprocessing netrc nntplib ntpath nturl2path numbers opcode operator ' +
  'optparse os pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile ' +
  'pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter ' +
  'runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd ' +
  'sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau symtable sys ' +
  'sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap this threading time timeit tkinter token ' +
  'tokenize tomllib trace traceback tracemalloc tty types typing unicodedata unittest urllib uu uuid venv warnings wave ' +
  'weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo';

/** Test runners and the packages that they load. */
const RUNNERS =
  'pytest _pytest pluggy iniconfig packaging pygments exceptiongroup tomli colorama attr attrs py nose nose2 xdist ' +
  'execnet behave hypothesis coverage mock django typing_extensions';

const NAMES: ReadonlySet<string> = new Set(`${STANDARD_LIBRARY} ${RUNNERS}`.split(' '));

/** Whether a path, relative to a folder on Python's path, would be loaded as a module that runs the tests. */
export function isRunnerModule(path: string): boolean {
  const [, name, rest] = /^([^/.]+)(\.py|\/__init__\.py|\/__main__\.py)$/.exec(path) ?? [];
  return rest !== undefined && name !== undefined && NAMES.has(name);
}
