using ModelOps.Core.Diagnostics;
using static ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Core.Preparing;

/// <summary>What can be wrong with raw sources: MOPS1090 to MOPS1129.</summary>
public static class PreparationErrors
{
    public static Diagnostic InvalidCsv(SourceLocation at, string detail)
        => Error("MOPS1090", $"The file is not valid CSV: {detail}. Expected RFC 4180: a header, one record a line, cells with separators, quotes or line breaks in double quotes, a quote inside them doubled.", at);

    public static Diagnostic NoColumn(SourceLocation at, string column, IEnumerable<string> columns)
        => Error("MOPS1091", $"The header has no column '{ForeignText.Clean(column, 60)}'; it has {Names(columns)}. Name the columns in the project: <SourceData Include=\"…\" Format=\"Csv\" Prompt=\"question\" Completion=\"answer\" />.", at);

    public static Diagnostic RepeatedColumn(SourceLocation at, string column)
        => Error("MOPS1099", $"The header has the column '{ForeignText.Clean(column, 60)}' twice, so it is not clear which one is meant. Rename one of them.", at);

    public static Diagnostic NoField(SourceLocation at, SourceFormat format, string field, IEnumerable<string> fields)
        => Error("MOPS1092", $"The record has no '{ForeignText.Clean(field, 60)}', which {format} needs; it has {Names(fields)}. Correct the record or the source's Format, or drop such records with <RowFilter Include=\"Valid\" />.", at);

    public static Diagnostic NoText(SourceLocation at, string field, string found)
        => Error("MOPS1093", $"'{ForeignText.Clean(field, 60)}' is {found}; expected text. Correct the record, or drop such records with <RowFilter Include=\"Valid\" />.", at);

    public static Diagnostic InvalidArray(SourceLocation at, string detail)
        => Error("MOPS1094", $"The file is no JSON array of records: {detail}. Expected [{{…}},{{…}}], or JSON Lines: one object a line.", at);

    public static Diagnostic NothingLeft(string project, int records, string most)
        => Error("MOPS1095", $"Of {records} records no training row is left{(most.Length > 0 ? $"; {most}" : "")}. prepared.json has every drop with examples; relax the rule, or correct DataSplit.", new SourceLocation(project));

    public static Diagnostic OneCluster(string project, int rows, int all, SourceLocation first)
        => Warning("MOPS1096", $"{rows} of {all} rows belong together (first: {first}), by their group or because each is nearly another one, so they are all in one set and the shares of DataSplit are far off. Expected many small groups; raise NearDuplicateThreshold, or set Deduplicate to Near.", new SourceLocation(project));

    public static Diagnostic LockConflict(SourceLocation at, SourceLocation one, string set, SourceLocation other, string otherSet)
        => Error("MOPS1097", $"Rows that split.lock keeps in two sets belong together now: {one} in {set}, {other} in {otherSet}, joined by a new row or group. A question in both sets would leak. Remove the row that joins them, or delete one of the two from split.lock to let it move.", at);

    public static Diagnostic InvalidLock(SourceLocation at)
        => Error("MOPS1098", "The line is none of split.lock; expected 16 hexadecimal digits, a blank and train, validation or eval. Restore the file from version control, or delete it to split anew.", at);

    private static string Names(IEnumerable<string> names)
    {
        string[] all = [.. names.Take(13).Select(n => $"'{ForeignText.Clean(n, 40)}'")];
        return all.Length == 0 ? "none" : string.Join(", ", all.Take(12)) + (all.Length > 12 ? "…" : "");
    }
}
