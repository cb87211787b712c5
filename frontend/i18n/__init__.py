"""The catalogues `<locale>/<room>.po`, and `extracting`, which finds what they must hold.

python -m frontend.i18n.extracting            texts that a catalogue lacks, room by room
python -m frontend.i18n.extracting accounts   those of one room
"""
