namespace ModelOps.SampleData;

/// <summary>All data files of the sample adapters and of the template.</summary>
public static class SampleFiles
{
    /// <summary>By path relative to the folder of the adapters.</summary>
    public static IEnumerable<(string Path, string Content)> All() =>
        Files("TicketTriage/", TicketTriage.SystemMessage, TicketTriage.Rows()).Concat(Files("HouseStyle/", HouseStyle.SystemMessage, HouseStyle.Rows()));

    /// <summary>By path relative to the folder of the template.</summary>
    public static IEnumerable<(string Path, string Content)> Template() => Files("", Reviews.SystemMessage, Reviews.Rows());

    private static IEnumerable<(string Path, string Content)> Files(string adapter, string system, IReadOnlyList<Row> rows) =>
        from row in rows
        group row.ToJsonLine(system) + "\n" by (row.Set, row.File) into file
        select ($"{adapter}data/{file.Key.Set.ToString().ToLowerInvariant()}/{file.Key.File}.jsonl", string.Concat(file));
}
