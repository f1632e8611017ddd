"""What every report is drawn with: plots, small pictures and the page around them."""
