using ModelOps.Core.Data;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Making;

/// <summary>What is done with rows that hold personal data or secrets.</summary>
public enum PersonalDataRule
{
    /// <summary>Nothing is written while there is one.</summary>
    Refuse,

    /// <summary>They are left out, and counted.</summary>
    Drop,

    /// <summary>Personal data is taken, with a warning each. Secrets never are.</summary>
    Allow,
}

/// <summary>The look at texts that Validate takes too, before they become rows or go to somebody else's machine.</summary>
internal static class PersonalCheck
{
    private static readonly (Func<string, int> Find, Func<SourceLocation, Diagnostic> Say)[] s_kinds =
    [
        (Data.PersonalData.Email, DataFindings.Email), (Data.PersonalData.Phone, DataFindings.Phone), (Data.PersonalData.Card, DataFindings.Card), (Data.PersonalData.Iban, DataFindings.Iban),
    ];

    /// <summary>What a row's texts hold, at the places where the texts begin.</summary>
    public static IReadOnlyList<Diagnostic> Look(IEnumerable<PlacedText> texts)
    {
        var found = new List<Diagnostic>();
        foreach (PlacedText text in texts)
        {
            if (Secrets.Find(text.Text) is { } secret)
            {
                found.Add(DataFindings.Secret(text.At, secret.Name));
            }

            found.AddRange(s_kinds.Where(kind => kind.Find(text.Text) >= 0).Select(kind => kind.Say(text.At)));
        }

        return found;
    }

    public static bool IsSecret(Diagnostic finding) => finding.Severity == DiagnosticSeverity.Error;
}
