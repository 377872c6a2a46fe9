using System.Globalization;
using System.Text.Json;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Configuration;

/// <summary>Typed values from properties; every bad one is an error with the place where it was set.</summary>
public sealed class SettingParser(ProjectInputs inputs, Func<string, SourceLocation> locate, IStageLog log)
{
    public bool HasErrors { get; private set; }

    public int Integer(string name, int minimum) => (int)Number(name, minimum, int.MaxValue, NumberStyles.Integer, $"a whole number, {minimum} or more");

    public double Real(string name, double minimum, double maximum, string expected)
        => Number(name, minimum, maximum, NumberStyles.Float, expected);

    public bool Boolean(string name) => OneOf(name, ["true", "false"]) == "true";

    public ulong Unsigned(string name)
        => ulong.TryParse(inputs.Setting(name), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? value : Invalid(name, $"a whole number from 0 to {ulong.MaxValue}", 0UL);

    /// <param name="expected">Null: one of the allowed words.</param>
    public string OneOf(string name, IReadOnlyList<string> allowed, string? expected = null)
    {
        string value = inputs.Setting(name);
        return allowed.FirstOrDefault(word => word.Equals(value, StringComparison.OrdinalIgnoreCase))
            ?? Invalid(name, expected ?? $"one of {string.Join(", ", allowed)}", "");
    }

    /// <summary>Null where the property is empty.</summary>
    public double? OptionalReal(string name, double minimum, double maximum, string expected)
        => inputs.Setting(name).Length == 0 ? null : Real(name, minimum, maximum, expected);

    /// <summary>An address to which a key may be sent.</summary>
    public Uri Address(string name, Uri fallback)
        => inputs.Setting(name) is not { Length: > 0 } text ? fallback
            : Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.UserInfo.Length == 0 && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)) ? url
            : Invalid(name, "an absolute https address such as https://host/v1; plain http only to this machine, because a key would travel in clear", fallback);

    /// <summary>The name of an environment variable. What is no name is not repeated: it may be a key that was put there by mistake.</summary>
    public string Variable(string name, string fallback)
    {
        string value = inputs.Setting(name);
        if (value.Length == 0)
        {
            return fallback;
        }

        if (value.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !value.StartsWith("sk_", StringComparison.Ordinal))
        {
            return value;
        }

        HasErrors = true;
        log.Report(ConfigurationErrors.InvalidValue(name, "***", "the name of an environment variable, never the key itself", locate(name)));
        return fallback;
    }

    public IReadOnlyList<string> List(string name)
    {
        string[] words = inputs.Setting(name).Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0 ? words : Invalid(name, "one name or more, separated by semicolons", words);
    }

    /// <summary>Names of environment variables, none or more. What is no name is not repeated: it may be a secret that was put there by mistake.</summary>
    public IReadOnlyList<string> Variables(string name)
    {
        string[] words = inputs.Setting(name).Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (!Array.TrueForAll(words, w => !char.IsAsciiDigit(w[0]) && w.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')))
        {
            Report(at => ConfigurationErrors.InvalidValue(name, "***", "names of environment variables, separated by semicolons, never their values", at), name);
        }

        return words;
    }

    /// <summary>Says that a setting is bad, at its place.</summary>
    internal void Report(Func<SourceLocation, Diagnostic> problem, string name)
    {
        HasErrors = true;
        log.Report(problem(locate(name)));
    }

    /// <summary>The content of a JSON file; null where the property is empty.</summary>
    public JsonElement? JsonFile(string name, string path)
    {
        if (path.Length == 0)
        {
            return null;
        }

        try
        {
            return JsonElement.Parse(File.ReadAllBytes(path));
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            return Invalid(name, "a file with a JSON Schema, relative to the project", (JsonElement?)null);
        }
    }

    private double Number(string name, double minimum, double maximum, NumberStyles styles, string expected)
        => double.TryParse(inputs.Setting(name), styles, CultureInfo.InvariantCulture, out double value) && value >= minimum && value <= maximum
            ? value : Invalid(name, expected, minimum);

    private T Invalid<T>(string name, string expected, T fallback)
    {
        HasErrors = true;
        log.Report(ConfigurationErrors.InvalidValue(name, inputs.Setting(name), expected, locate(name)));
        return fallback;
    }
}
