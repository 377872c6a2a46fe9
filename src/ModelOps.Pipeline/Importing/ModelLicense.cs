using ModelOps.Pipeline.Packaging;
using NuGet.Packaging.Licenses;

namespace ModelOps.Pipeline.Importing;

/// <summary>The licence of a downloaded model: what the importer says, else what the model's card says in the hub's words, else the licence file beside it.</summary>
internal static class ModelLicense
{
    /// <summary>The licences that a card may name and that are no SPDX identifier by their name alone.</summary>
    private static readonly Dictionary<string, string> s_hub = new(StringComparer.OrdinalIgnoreCase)
    {
        ["gpl-2.0"] = "GPL-2.0-only", ["gpl-3.0"] = "GPL-3.0-only", ["lgpl-2.1"] = "LGPL-2.1-only", ["lgpl-3.0"] = "LGPL-3.0-only", ["agpl-3.0"] = "AGPL-3.0-only",
    };

    /// <summary>An SPDX expression; empty: the licence file speaks.</summary>
    /// <exception cref="Core.Diagnostics.DiagnosticException"><c>MOPS6125</c>, <c>MOPS6126</c></exception>
    public static string Of(string folder, string said)
    {
        if (said.Length > 0)
        {
            return IsExpression(said) ? said : throw ImportErrors.BadLicense(said);
        }

        string? card = OnCard(Path.Combine(folder, "README.md"));
        return card is not null && Spdx(card) is { } expression ? expression
            : BaseModelContent.LicenseFileOf(folder) is not null ? ""
            : throw ImportErrors.NoLicense(folder, card);
    }

    /// <summary>The word after <c>license:</c> in the YAML block with which a card begins; null where there is none, or several.</summary>
    internal static string? OnCard(string card)
    {
        string[] lines = File.Exists(card) ? File.ReadAllLines(card) : [];
        if (lines is not [{ } fence, ..] || fence.TrimEnd() != "---")
        {
            return null;
        }

        string[] block = [.. lines.Skip(1).TakeWhile(line => line.TrimEnd() is not ("---" or "..."))];
        int at = Array.FindIndex(block, line => line.StartsWith("license:", StringComparison.Ordinal));
        if (at < 0)
        {
            return null;
        }

        string value = Scalar(block[at]["license:".Length..]);
        string[] list = value.Length > 0 ? [value] : [.. block.Skip(at + 1).TakeWhile(line => line.TrimStart().StartsWith("- ", StringComparison.Ordinal)).Select(line => Scalar(line.TrimStart()[2..]))];
        return list is [{ Length: > 0 } one] ? one : null;
    }

    private static string Scalar(string text)
    {
        int comment = text.IndexOf(" #", StringComparison.Ordinal);
        return (comment < 0 ? text : text[..comment]).Trim().Trim('"', '\'', '[', ']').Trim();
    }

    private static string? Spdx(string card)
    {
        string? name = s_hub.GetValueOrDefault(card) ?? NuGetLicenseData.LicenseList.Keys.FirstOrDefault(id => id.Equals(card, StringComparison.OrdinalIgnoreCase));
        return name is not null && IsExpression(name) ? name : null;
    }

    private static bool IsExpression(string text)
    {
        try
        {
            // Refuses unknown and deprecated identifiers, as the feed will.
            return !NuGetLicenseExpression.Parse(text).IsUnlicensed() && NuGetLicenseExpression.Parse(text).HasOnlyStandardIdentifiers();
        }
        catch (NuGetLicenseExpressionParsingException)
        {
            return false;
        }
    }
}
