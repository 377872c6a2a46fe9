using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Preparing;
using ModelOps.Engine.Tokenization;
using ModelOps.Pipeline.Configuration;

namespace ModelOps.Pipeline.Preparing;

/// <summary>From the items <c>SourceData</c> and <c>RowFilter</c> and their settings to what is to be prepared.</summary>
public static class SourceItems
{
    private static readonly TimeSpan s_patternTime = TimeSpan.FromSeconds(5);

    /// <summary>Null when something of it was reported to be wrong.</summary>
    public static PreparationRequest? Read(ProjectInputs inputs, string? spillFolder, IStageLog stageLog)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ProjectXml xml = ProjectXml.Load(inputs);
        var log = new StageReport(stageLog);
        var parser = new SettingParser(inputs, xml.PropertyLocation, log);
        string form = parser.OneOf(Names.NormalizeUnicode, ["NFC", "NFKC", "None"]);
        DataSplit? split = DataSplit.TryParse(inputs.Setting(Names.DataSplit));
        if (split is null)
        {
            parser.Report(at => ConfigurationErrors.InvalidValue(Names.DataSplit, inputs.Setting(Names.DataSplit), "shares of training, validation and evaluation rows, the first above 0, such as 80/10/10", at), Names.DataSplit);
        }

        var request = new PreparationRequest(inputs.ProjectFile, [.. inputs.OfType(Names.SourceData).Select(item => log.Try(() => Source(inputs, item, form))).OfType<SourceSpec>()])
        {
            Rules = [.. inputs.OfType(Names.RowFilter).Select(item => log.Try(() => Rule(new ItemReader(inputs, item)))).OfType<RowRule>()],
            Split = split ?? DataSplit.Default,
            Seed = parser.Unsigned(Names.SplitSeed),
            Deduplicate = Enum.TryParse(parser.OneOf(Names.Deduplicate, Enum.GetNames<Deduplication>()), out Deduplication kind) ? kind : default,
            NearDuplicates = parser.Real(Names.NearDuplicateThreshold, 0, 1, "a number from 0 (not looked for) to 1 (the same words)"),
            Lock = inputs.SplitLockFile.Length > 0 ? log.Try(() => SplitLock.Read(inputs.SplitLockFile)) : null,
            SpillFolder = spillFolder,
        };
        return log.HasErrors ? null : request;
    }

    // As they were prepared; Prepare has said what is wrong with those that are left out.
    private static List<SourceSpec> Sources(ProjectInputs inputs)
    {
        var sources = new List<SourceSpec>();
        foreach (ProjectItem item in inputs.OfType(Names.SourceData))
        {
            try
            {
                sources.Add(Source(inputs, item, inputs.Setting(Names.NormalizeUnicode)));
            }
            catch (DiagnosticException)
            {
                continue;
            }
        }

        return sources;
    }

    /// <summary>From places in prepared rows to places in sources.</summary>
    public static SourceMap MapOf(ProjectInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return SourceMap.Of(inputs.Prepared, Sources(inputs));
    }

    private static SourceSpec Source(ProjectInputs inputs, ProjectItem item, string form)
    {
        var reader = new ItemReader(inputs, item);
        string name = Path.GetRelativePath(inputs.ProjectDirectory, item.FullPath).Replace(Path.DirectorySeparatorChar, '/');
        return new SourceSpec(item.FullPath, name, FormatOf(reader))
        {
            Prompt = reader.Text(Names.Prompt),
            Completion = reader.Text(Names.Completion),
            System = reader.Text(Names.System),
            Fields = [.. (reader.Text(Names.Fields) ?? "").Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)],
            Group = reader.Text(Names.Group),
            Weight = WeightOf(reader),
            License = reader.Text(Names.License),
            Set = SetOf(reader),
            Normalize = form.ToUpperInvariant() switch
            {
                "NFC" => text => UnicodeNormalization.Normalize(text, UnicodeForm.Nfc),
                "NFKC" => text => UnicodeNormalization.Normalize(text, UnicodeForm.Nfkc),
                _ => null,
            },
        };
    }

    private static SourceFormat FormatOf(ItemReader reader)
    {
        if (reader.Text(Names.Format) is not { } text)
        {
            return Path.GetExtension(reader.Item.FullPath).ToLowerInvariant() is ".csv" or ".tsv" ? SourceFormat.Csv : SourceFormat.Chat;
        }

        return Enum.GetNames<SourceFormat>().FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } word ? Enum.Parse<SourceFormat>(word)
            : throw reader.Invalid(Names.Format, $"one of {string.Join(", ", Enum.GetNames<SourceFormat>())}");
    }

    private static decimal WeightOf(ItemReader reader)
        => reader.Text(Names.Weight) is not { } text ? 1
            : decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal weight) && weight <= 1000 ? weight
            : throw reader.Invalid(Names.Weight, "a number from 0 to 1000, such as 2 or 0.5");

    private static DatasetKind? SetOf(ItemReader reader)
    {
        DatasetKind[] kinds = [DatasetKind.Training, DatasetKind.Validation, DatasetKind.Evaluation, DatasetKind.Regression];
        return reader.Text(Names.Set) is not { } text ? null
            : Array.FindIndex(kinds, k => k.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)) is var at and >= 0 ? kinds[at]
            : throw reader.Invalid(Names.Set, $"one of {string.Join(", ", kinds)}, or nothing: rows are split");
    }

    private static RowRule Rule(ItemReader reader)
    {
        string name = RowRule.Names.FirstOrDefault(n => n.Equals(reader.Item.Include, StringComparison.OrdinalIgnoreCase))
            ?? throw new DiagnosticException(ConfigurationErrors.InvalidItem(Names.RowFilter, reader.Item.Include, "Include", reader.Item.Include, $"one of {string.Join(", ", RowRule.Names)}", reader.At()));
        if (RowRule.IsBounded(name))
        {
            (int? minimum, int? maximum) = (reader.Count(Names.Minimum, 0), reader.Count(Names.Maximum, 0));
            return minimum is null && maximum is null ? throw reader.Invalid(Names.Minimum, "a whole number, as Minimum, Maximum or both") : RowRule.Bounded(name, minimum, maximum);
        }

        if (RowRule.HasPattern(name))
        {
            return RowRule.Pattern(name, PatternOf(reader));
        }

        return name != "Field" ? RowRule.Plain(name) : RowRule.Field(
            reader.Required(Names.Field, "the name of a field of the rows"), reader.Required(Names.Values, "values with semicolons between").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
    }

    // What takes exponential time in some engines takes linear time in this one; what it does not understand has a time limit.
    private static Regex PatternOf(ItemReader reader)
    {
        string pattern = reader.Required(Names.Pattern, "a .NET regular expression");
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, s_patternTime);
        }
        catch (ArgumentException)
        {
            throw reader.Invalid(Names.Pattern, "a .NET regular expression");
        }
    }
}
