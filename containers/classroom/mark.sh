#!/bin/bash
# Marks the repository that it lies in, and leaves the result for the reporter of GitHub Classroom.
set -eu
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp --directory)
# What is handed in is all but this.
cp --recursive "$here/../.." "$work/submission"
rm --recursive --force "$work/submission/.github" "$work/submission/.git"
status=0
cd "$here"
handwave grade "$(cat assignment)" "$work/submission" --out "$work/grades" || status=$?
[ -e "$work/grades/submission/results.json" ] || exit $((status == 0 ? 4 : status))
cat "$work/grades/submission/feedback.md" >> "$GITHUB_STEP_SUMMARY"
node "$here/report.mjs" "$work/grades/submission/results.json" >> "$GITHUB_OUTPUT"
