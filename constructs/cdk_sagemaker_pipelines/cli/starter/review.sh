#!/usr/bin/env bash
# What a change does to the pipelines of an app, for whoever reviews it: synthesizes the app as it is here and as it
# was where the change began, judges the new pipelines (smpipe check) and compares both (smpipe diff).
#
#   review.sh BASE [OUT]     in the app's folder, the one with cdk.json; BASE: a commit, branch or tag
#
# OUT (default: review) gets comment.md, a comment for a pull request, and difference.txt, the same as plain text.
# APP=training names the app in a repository with several: its comment is one of its own.
# The exit code is 1 when smpipe check finds errors, 2 when something could not be done; both files tell it, too.
# Needs git, the CDK CLI (or CDK='npx cdk'), and in PATH what the app needs. Asks AWS nothing and needs no credentials.
set -euo pipefail
export LC_ALL=C.UTF-8

fail() { echo "review.sh: $1" >&2; exit 2; }

[ $# -ge 1 ] && [ $# -le 2 ] && [ -n "$1" ] || fail "usage: review.sh BASE [OUT]"
[ -z "${APP-}" ] || [[ $APP =~ ^[a-z0-9](-?[a-z0-9]){0,39}$ ]] ||
  fail "APP must have small letters, digits and single hyphens between them, at most 40"
[ -f cdk.json ] || fail "this folder has no cdk.json; run it in the folder of the app"
given=$(git rev-parse --verify --quiet --end-of-options "$1^{commit}") ||
  fail "there is no commit '$1' here; fetch it first (fetch-depth: 0 of actions/checkout)"
# what the base got since then is not part of this change
base=$(git merge-base "$given" HEAD) || fail "'$1' and this commit have no commit in common; fetch all of their history"
inside=$(git rev-parse --show-prefix)
read -r -a cdk <<<"${CDK:-cdk}"
PATH="$PWD/node_modules/.bin:$PATH"

mkdir -p -- "${2:-review}"
out=$(cd -- "${2:-review}" && pwd)
work=$(mktemp -d)
begin() { # of the comment: a line by which that of before is found, and the app
  echo "<!-- smpipe diff${APP:+: $APP} -->"
  [ -z "${APP-}" ] || printf '\n**%s**\n' "$APP"
}
finish() { git worktree remove --force "$work/tree" 2>/dev/null || true; rm -rf "$work"; }
trap finish EXIT

synthesize() { # FOLDER NAME: the app of the folder into NAME.out; what it says goes to NAME.log
  (cd "$1" && "${cdk[@]}" synth --quiet --no-lookups --output "$work/$2.out") >"$work/$2.log" 2>&1
}
tell() { # TEXT LOG: instead of a difference
  printf '%s\n' "$1" "" >"$out/difference.txt"
  tail -n 40 "$2" | cut -c 1-500 >>"$out/difference.txt"
  { # indented, so that nothing of the log is Markdown
    begin
    printf '\n**%s**\n\n' "$1"
    tail -n +3 "$out/difference.txt" | tr -d '\000-\010\013-\037' | sed 's/^/    /'
  } >"$out/comment.md"
  echo "review.sh: $1" >&2
  cat "$2" >&2
}

if ! synthesize . new; then
  tell "This commit cannot be synthesized." "$work/new.log"
  exit 2
fi
code=0
smpipe check "$work/new.out" >"$work/check.txt" 2>&1 || code=$?
sed "s|$work/||g" "$work/check.txt" >"$work/findings.txt"
cat "$work/findings.txt"

git worktree add --quiet --detach "$work/tree" "$base"
if [ ! -f "$work/tree/${inside}cdk.json" ]; then # the app is new: it is compared with one without stacks
  mkdir "$work/old.out"
  echo '{"version": "36.0.0", "artifacts": {}}' >"$work/old.out/manifest.json"
fi
if [ ! -d "$work/old.out" ] && ! synthesize "$work/tree/$inside" old; then
  tell "The base cannot be synthesized, so there is no difference to show." "$work/old.log"
else
  compared=0
  smpipe diff --markdown "$work/old.out" "$work/new.out" >"$work/comment.md" 2>"$work/diff.log" || compared=$?
  if [ "$compared" -le 1 ]; then
    { begin; tail -n +2 "$work/comment.md"; } >"$out/comment.md"
    smpipe diff "$work/old.out" "$work/new.out" >"$out/difference.txt" 2>/dev/null || true
    [ "$compared" -eq 1 ] || echo "No pipeline differs." >"$out/difference.txt"
    cat "$work/diff.log" >&2
  else
    sed -i.bak "s|$work/||g" "$work/diff.log"
    tell "The pipelines cannot be compared." "$work/diff.log"
    [ "$code" -ne 0 ] || code=2
  fi
fi
if [ "$code" -ne 0 ]; then
  { echo; echo "**\`smpipe check\` finds errors:**"; echo
    head -n 40 "$work/findings.txt" | cut -c 1-500 | tr -d '\000-\010\013-\037' | sed 's/^/    /'; } >"$work/errors.md"
  # a comment is limited; what smpipe check finds comes last, but is never what is cut
  head -c 40000 "$out/comment.md" | iconv -c -f utf-8 -t utf-8 >"$work/cut.md"
  if cmp -s "$work/cut.md" "$out/comment.md"; then cat "$work/errors.md" >>"$out/comment.md"
  else { begin; cat "$work/errors.md"; } >"$out/comment.md"; fi
  { echo; echo "smpipe check finds errors:"; cat "$work/findings.txt"; } >>"$out/difference.txt"
fi
exit "$code"
