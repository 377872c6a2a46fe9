namespace ModelOps.SampleData;

/// <summary>The hand-written text files, embedded so that the program needs no path to its own sources.</summary>
public static class Resource
{
    /// <summary>The lines of a file without comments (<c># </c>) and empty lines.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        using Stream stream = typeof(Resource).Assembly.GetManifestResourceStream(name)
            ?? throw new FileNotFoundException($"No embedded file '{name}'.", name);
        using var reader = new StreamReader(stream);
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            string text = line.Trim();
            if (text.Length > 0 && !text.StartsWith("# ", StringComparison.Ordinal))
                lines.Add(text);
        }

        return lines;
    }
}
