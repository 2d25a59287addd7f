export SEASON=summer
