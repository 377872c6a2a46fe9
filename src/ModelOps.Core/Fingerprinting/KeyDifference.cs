using System.Globalization;
using System.Text;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Fingerprinting;

/// <summary>One field that differs; null where it was not there.</summary>
/// <param name="Name">Dotted path of nested fields.</param>
/// <param name="Old">Canonical JSON.</param>
/// <param name="New">Canonical JSON.</param>
public sealed record FieldChange(string Name, string? Old, string? New);

/// <summary>Why two keys differ: field by field, and row by row where manifests are at hand.</summary>
public sealed record KeyDifference(IReadOnlyList<FieldChange> Fields, IReadOnlyList<RowsChange> Rows)
{
    public bool IsEmpty => Fields.Count == 0 && Rows.Count == 0;

    /// <param name="oldRows">The manifest of the build that made <paramref name="old"/>; without it a changed set is named and not explained.</param>
    public static KeyDifference Between(FingerprintFile old, FingerprintFile @new, DatasetManifest? oldRows = null, DatasetManifest? newRows = null)
    {
        SortedDictionary<string, string> before = Flatten(old.Fields), after = Flatten(@new.Fields);
        var fields = new List<FieldChange>();
        var rows = new List<RowsChange>();
        if (old.Stage != @new.Stage)
        {
            fields.Add(new FieldChange("stage", Quote(old.Stage), Quote(@new.Stage)));
        }

        foreach (string name in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
        {
            before.TryGetValue(name, out string? was);
            after.TryGetValue(name, out string? now);
            if (was == now)
            {
                continue;
            }

            if (RowsOf(name, was, oldRows) is { } oldSet && RowsOf(name, now, newRows) is { } newSet)
            {
                rows.Add(RowsChange.Between(oldSet, newSet));
            }
            else
            {
                fields.Add(new FieldChange(name, was, now));
            }
        }

        return new KeyDifference(fields, rows);
    }

    /// <summary>One line, for example <c>+12 -3 ~5 rows (first: data/train/a.jsonl(12)), LearningRate 0.0001 -> 0.0002</c>.</summary>
    /// <param name="most">Fields shown before "and n more".</param>
    public string ToLine(int most = 5)
    {
        if (IsEmpty)
        {
            return "nothing differs";
        }

        string[] parts = [.. Rows.Select(r => r.ToString()), .. Fields.Select(Say)];
        string shown = string.Join(", ", parts.Take(most));
        return parts.Length > most ? $"{shown} and {parts.Length - most} more" : shown;
    }

    /// <summary>The whole sentence for the build's output: why this stage works now.</summary>
    /// <param name="verb">What happens, for example <c>retrains</c>.</param>
    public static string Explain(string verb, FingerprintFile? old, FingerprintFile @new, DatasetManifest? oldRows = null, DatasetManifest? newRows = null)
        => old is null ? $"{verb}: no earlier result" : $"{verb}: {Between(old, @new, oldRows, newRows).ToLine()}";

    private static string Say(FieldChange change)
    {
        // Properties are written in the project file with a capital.
        string name = string.Join('.', change.Name.Split('.').Select(p => p.Length == 0 ? p : char.ToUpperInvariant(p[0]) + p[1..]));
        return IsOpaque(change.Old) || IsOpaque(change.New)
            ? $"{name} {(change.Old is null ? "is new" : change.New is null ? "is gone" : "changed")}"
            : $"{name} {Show(change.Old)} -> {Show(change.New)}";
    }

    // A digest, or more than a person reads in a line.
    private static bool IsOpaque(string? value)
        => value is not null && (value.StartsWith("\"sha256:", StringComparison.Ordinal) || value.Length > 80);

    private static string Show(string? value) => value switch
    {
        null => "(none)",
        ['"', .., '"'] => ForeignText.Clean(JsonTree.Parse(Encoding.UTF8.GetBytes(value)).Root.GetString(), 80),
        _ => ForeignText.Clean(value, 80),
    };

    private static DatasetSet? RowsOf(string name, string? digest, DatasetManifest? manifest)
        => manifest?.Sets.FirstOrDefault(s => s.Kind.Field() == name && Quote(s.Digest.ToString()) == digest);

    private static string Quote(string text) => string.Create(CultureInfo.InvariantCulture, $"\"{text}\"");

    private static SortedDictionary<string, string> Flatten(KeyFields fields)
    {
        var flat = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Flatten(fields, "", flat);
        return flat;
    }

    private static void Flatten(KeyFields fields, string prefix, SortedDictionary<string, string> flat)
    {
        foreach (string name in fields.Names)
        {
            string value = fields.Value(name);
            if (value is ['{', _, _, ..])
            {
                Flatten(KeyFields.From(JsonTree.Parse(Encoding.UTF8.GetBytes(value)).Root), $"{prefix}{name}.", flat);
            }
            else
            {
                flat.Add(prefix + name, value);
            }
        }
    }
}
