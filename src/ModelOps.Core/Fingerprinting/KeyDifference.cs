using System.Buffers;
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
    /// <summary>Fields by which a stage depends on the one before it.</summary>
    private static readonly Dictionary<string, string> s_neighbours = new(StringComparer.Ordinal)
    {
        ["trainingKey"] = "the trained model changed",
        ["EvaluationKey"] = "the evaluation changed",
        ["gateKey"] = "the verdict changed",
    };

    /// <summary>Members that tell the elements of a list apart.</summary>
    private static readonly string[] s_naming = ["name", "Metric"];

    /// <summary>The project whose model is the base model: its parts are then not what a person can look at. Null: a folder.</summary>
    public string? BaseProject { get; init; }

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

    /// <summary>One line, for example <c>3 rows changed in data/train/a.jsonl (first: line 12), LearningRate 1e-4 -> 2e-4</c>.</summary>
    /// <param name="most">Fields shown before "and n more".</param>
    public string ToLine(int most = 5)
    {
        if (IsEmpty)
        {
            return "nothing differs";
        }

        string[] parts = [.. Rows.Select(r => r.ToString()).Concat(Fields.Select(Say)).Distinct(StringComparer.Ordinal)];
        string shown = string.Join(", ", parts.Take(most));
        return parts.Length > most ? $"{shown} and {parts.Length - most} more" : shown;
    }

    /// <summary>The whole sentence for the build's output: why this stage works now.</summary>
    /// <param name="verb">What happens, for example <c>retrains</c>.</param>
    public static string Explain(string verb, FingerprintFile? old, FingerprintFile @new, DatasetManifest? oldRows = null, DatasetManifest? newRows = null)
        => old is null ? $"{verb}: no earlier result" : $"{verb}: {Between(old, @new, oldRows, newRows).ToLine()}";

    private string Say(FieldChange change)
    {
        if (BaseProject is { } project && change.Name.StartsWith("baseModel.", StringComparison.Ordinal))
        {
            return $"base model of project {ForeignText.Clean(project, 80)} changed";
        }

        if (s_neighbours.TryGetValue(change.Name, out string? said))
        {
            return said;
        }

        // Properties are written in the project file with a capital.
        string name = ForeignText.Clean(string.Join('.', change.Name.Split('.').Select(p => p.Length == 0 ? p : char.ToUpperInvariant(p[0]) + p[1..])));
        return IsOpaque(change.Old) || IsOpaque(change.New)
            ? $"{name} {(change.Old is null or "null" ? "is new" : change.New is null or "null" ? "is gone" : "changed")}"
            : $"{name} {Show(change.Old)} -> {Show(change.New)}";
    }

    // A digest, or more than a person reads in a line.
    private static bool IsOpaque(string? value)
        => value is not null && (value.StartsWith("\"sha256:", StringComparison.Ordinal) || value.Length > 80);

    private static string Show(string? value) => value switch
    {
        null or "null" => "(none)",
        ['"', .., '"'] => ForeignText.Clean(JsonTree.Parse(Encoding.UTF8.GetBytes(value)).Root.GetString(), 80),
        ['0', '.', '0', ..] => Shorter(value),
        _ => ForeignText.Clean(value, 80),
    };

    // A learning rate is written 1e-4 by people and 0.0001 by canonical JSON; people read the shorter one.
    private static string Shorter(string number)
    {
        string digits = number[2..].TrimStart('0');
        string scientific = $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e-{number.Length - 2 - digits.Length + 1}";
        return scientific.Length < number.Length ? scientific : number;
    }

    private static DatasetSet? RowsOf(string name, string? digest, DatasetManifest? manifest)
        => manifest?.Sets.FirstOrDefault(s => s.Kind.Field() == name && Quote(s.Digest.ToString()) == digest);

    private static string Quote(string text) => string.Create(CultureInfo.InvariantCulture, $"\"{text}\"");

    private static SortedDictionary<string, string> Flatten(KeyFields fields)
    {
        var flat = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in fields.Names)
        {
            Flatten(name, JsonTree.Parse(Encoding.UTF8.GetBytes(fields.Value(name))).Root, flat);
        }

        return flat;
    }

    // Objects by their members; a list of objects by what names its elements, so that an element that comes or goes moves no other.
    private static void Flatten(string path, JsonItem value, SortedDictionary<string, string> flat)
    {
        if (value.Kind == JsonKind.Object && value.Count > 0)
        {
            foreach (JsonMember member in value.Members())
            {
                Flatten($"{path}.{member.Name}", member.Value, flat);
            }
        }
        else if (value.Kind == JsonKind.Array && value.Count > 0 && value.Items().All(i => i.Kind == JsonKind.Object))
        {
            foreach ((string label, JsonItem element) in Labelled([.. value.Items()]))
            {
                Flatten($"{path}[{label}]", element, flat);
            }
        }
        else
        {
            var text = new ArrayBufferWriter<byte>();
            CanonicalJson.Write(value, text);
            flat.Add(path, Encoding.UTF8.GetString(text.WrittenSpan));
        }
    }

    private static IEnumerable<(string Label, JsonItem Element)> Labelled(JsonItem[] elements)
    {
        string[] names = [.. elements.Select(NameOf)];
        return elements.Select((e, i) => (names[i].Length > 0 && names.Count(n => n == names[i]) == 1 ? names[i] : $"{names[i]}#{i + 1}", e));
    }

    private static string NameOf(JsonItem element)
    {
        foreach (string member in s_naming)
        {
            if (element.TryGet(member, out JsonItem name) && name.Kind == JsonKind.String)
            {
                return name.GetString();
            }
        }

        return "";
    }
}
