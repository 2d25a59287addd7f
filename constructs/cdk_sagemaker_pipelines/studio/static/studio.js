// What pages do by themselves; without it they are complete, but do not change.
