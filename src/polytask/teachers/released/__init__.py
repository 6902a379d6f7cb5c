"""Encoders that other projects released, under timm's names: RADIO and Theia."""
