"""What a run leaves behind: the output folder, its tables, its workbook, its pages."""
