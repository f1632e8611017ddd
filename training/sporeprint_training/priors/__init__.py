"""Place and season as a hint: how much more or less often each species is reported in a month or a cell of the map.

Built from the training photos' dates and coordinates (`fit`), kept in one small file (`file`), applied to the scores of
a photo whose month or place is known (`rule`). A hint moves names up and down and marks unusual ones; it never removes
a name, and it never silences the deadly alarm.
"""
