using System.Text.Encodings.Web;
using System.Text.Json;

namespace TinyBase.Corpus;

/// <summary>One wording of a schema: how the options are listed and how the answer is written. Fixed for all turns of an episode.</summary>
internal sealed class SchemaPrompt
{
    private static readonly IReadOnlyList<string> s_labelIntros = Resources.Templates("label-intro");
    private static readonly IReadOnlyList<string> s_jsonIntros = Resources.Templates("json-intro");
    private static readonly IReadOnlyList<string> s_textFrames = Resources.Templates("text-frame");
    private static readonly IReadOnlyList<string> s_exampleFrames = Resources.Templates("example-frame");
    private static readonly JsonSerializerOptions s_plainJson = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Schema _schema;
    private readonly bool _json;
    private readonly bool _spaced;
    private readonly string _textFrame;

    public SchemaPrompt(Schema schema, bool json, Rng rng)
    {
        _schema = schema;
        _json = json || schema.Fields.Count > 1;
        _spaced = rng.Chance(60);
        _textFrame = rng.Chance(40) ? "{text}" : Line(rng.Pick(s_textFrames));
        Instruction = _json ? JsonInstruction(rng) : LabelInstruction(rng);
        ExampleFrame = Line(rng.Pick(s_exampleFrames));
    }

    public string Instruction { get; }

    public string ExampleFrame { get; }

    public string Frame(Passage passage) => _textFrame.Replace("{text}", passage.Text, StringComparison.Ordinal);

    public string Example(Passage passage) => ExampleFrame
        .Replace("{text}", passage.Text, StringComparison.Ordinal).Replace("{answer}", Answer(passage), StringComparison.Ordinal);

    /// <summary>The example frame up to where the answer belongs.</summary>
    public string OpenExample(Passage passage) =>
        ExampleFrame[..ExampleFrame.IndexOf("{answer}", StringComparison.Ordinal)].TrimEnd().Replace("{text}", passage.Text, StringComparison.Ordinal);

    public string Answer(Passage passage)
    {
        if (!_json)
            return _schema.Fields[0].Answer(passage)!;
        string colon = _spaced ? ": " : ":", comma = _spaced ? ", " : ",";
        return "{" + string.Join(comma, _schema.Fields.Select(f => Quote(f.Key) + colon + Quote(f.Answer(passage)!))) + "}";
    }

    private string LabelInstruction(Rng rng)
    {
        Field field = _schema.Fields[0];
        return rng.Pick(s_labelIntros).Replace("{key}", field.Key, StringComparison.Ordinal)
            .Replace("{options}", OptionList(field, rng.Next(7), rng), StringComparison.Ordinal);
    }

    private string JsonInstruction(Rng rng)
    {
        int style = rng.Next(8);
        string fields = style switch
        {
            0 => "{" + string.Join(", ", _schema.Fields.Select(f => Quote(f.Key) + ": " + Alternatives(f, " | ", quoted: true))) + "}",
            1 => "{" + string.Join(_spaced ? ", " : ",", _schema.Fields.Select(f => Quote(f.Key) + (_spaced ? ": " : ":") + $"\"<{Alternatives(f, "|", quoted: false)}>\"")) + "}",
            2 => "{\"properties\": {" + string.Join(", ", _schema.Fields.Select(f => $"{Quote(f.Key)}: {Enumeration(f)}")) + "}}",
            3 => string.Concat(_schema.Fields.Select(f => $"\n- {f.Key}: {Alternatives(f, ", ", quoted: false)}")) + "\n",
            4 => string.Concat(_schema.Fields.Select(f => $"\n- \"{f.Key}\": one of {Alternatives(f, ", ", quoted: true)}")) + "\n",
            5 => string.Concat(_schema.Fields.Select(f => $"\n{f.Key}:{(f.Options.Count == 0 ? " as in the text" : OptionList(f, rng.PickOf(3, 4), rng))}")) + "\n",
            6 => string.Join(' ', _schema.Fields.Select(f => $"{Filler.Capital(f.Key)} is {Alternatives(f, " or ", quoted: false)}.")),
            _ => string.Join(' ', _schema.Fields.Select(f => $"The {f.Key} is one of: {Alternatives(f, ", ", quoted: false)}.")),
        };
        string keys = string.Join(", ", _schema.Fields.Select(f => f.Key));
        return rng.Pick(s_jsonIntros).Replace("{keys}", keys, StringComparison.Ordinal).Replace("{fields}", fields, StringComparison.Ordinal);
    }

    private static string Alternatives(Field field, string separator, bool quoted) => field.Options.Count == 0
        ? (quoted ? "\"...\"" : "as in the text")
        : string.Join(separator, field.Options.Select(o => quoted ? Quote(o) : o));

    private static string Enumeration(Field field) => field.Options.Count == 0
        ? "{\"type\": \"string\"}"
        : "{\"enum\": [" + string.Join(", ", field.Options.Select(Quote)) + "]}";

    private static string OptionList(Field field, int style, Rng rng)
    {
        var options = field.Options;
        return style switch
        {
            0 => string.Join(" | ", options) + ".",
            1 => string.Join(", ", options.Select(Quote)) + ".",
            2 => string.Join(", ", options.Take(options.Count - 1)) + " or " + options[^1] + ".",
            3 => string.Concat(options.Select(o => "\n- " + o)) + "\n",
            4 when field.Glosses.Count > 0 => string.Concat(options.Select((o, i) => $"\n- {o}{Gloss(field.Glosses[i], rng)}")) + "\n",
            5 => "[" + string.Join(", ", options) + "]",
            _ => string.Join(", ", options) + ".",
        };
    }

    private static string Gloss(IReadOnlyList<string> gloss, Rng rng) =>
        rng.Chance(70) ? ": " + string.Join(", ", gloss) : " (" + string.Join(", ", gloss) + ")";

    private static string Quote(string text) => JsonSerializer.Serialize(text, s_plainJson);

    /// <summary>Templates are lines; a paragraph mark stands for a line break.</summary>
    private static string Line(string template) => template.Replace('¶', '\n');
}
