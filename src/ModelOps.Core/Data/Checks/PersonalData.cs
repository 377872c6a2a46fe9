using System.Text.RegularExpressions;

namespace ModelOps.Core.Data;

/// <summary>What belongs to a person: addresses and numbers whose form, and where they have one their checksum, is right.</summary>
internal static partial class PersonalData
{
    // Letters of an IBAN per country (the registry of ISO 13616).
    private const string IbanLengths =
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 "
        + "IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20";

    private static readonly Dictionary<string, int> s_ibanLengths = IbanLengths.Split(' ').ToDictionary(c => c[..2], c => int.Parse(c.AsSpan(2), null));

    /// <summary>The first e-mail address outside the names that are reserved for examples (RFC 2606); -1 when there is none.</summary>
    public static int Email(string text)
        => First(EmailPattern().Matches(text), m => !ReservedDomain().IsMatch(m.ValueSpan));

    /// <summary>The first phone number, international or North American, outside the range kept for fiction; -1 when there is none.</summary>
    public static int Phone(string text)
        => First(PhonePattern().Matches(text), m => !FictionalNumber().IsMatch(m.ValueSpan));

    /// <summary>The first number of a payment card: 13 to 19 digits that a network issues and whose check digit is right (Luhn, ISO/IEC 7812-1); -1 when there is none.</summary>
    public static int Card(string text) => First(CardPattern().Matches(text), m => IsCard(m.ValueSpan));

    /// <summary>The first IBAN of its country's length whose check digits are right (ISO 7064, modulo 97); -1 when there is none.</summary>
    public static int Iban(string text)
    {
        foreach (ValueMatch match in IbanPattern().EnumerateMatches(text))
        {
            if (IsIban(text.AsSpan(match.Index)))
            {
                return match.Index;
            }
        }

        return -1;
    }

    private static int First(MatchCollection matches, Func<Match, bool> counts) => matches.FirstOrDefault(counts)?.Index ?? -1;

    private static bool IsCard(ReadOnlySpan<char> text)
    {
        Span<int> digits = stackalloc int[20];
        int count = 0;
        foreach (char c in text)
        {
            if (char.IsAsciiDigit(c))
            {
                digits[count++] = c - '0';
            }
        }

        int sum = 0;
        for (int i = 0; i < count; i++)
        {
            int digit = digits[count - 1 - i] * (1 + (i % 2));
            sum += digit > 9 ? digit - 9 : digit;
        }

        int two = (digits[0] * 10) + digits[1], four = (two * 100) + (digits[2] * 10) + digits[3];
        bool issued = digits[0] == 4 ? count is 13 or 16 or 19
            : two is (>= 51 and <= 55) || four is >= 2221 and <= 2720 ? count == 16
            : two is 34 or 37 ? count == 15
            : two is 35 or 65 or 62 || four == 6011 ? count is >= 16 and <= 19
            : two is 36 or 38 or 30 && count == 14;
        return issued && sum % 10 == 0;
    }

    private static bool IsIban(ReadOnlySpan<char> text)
    {
        if (!s_ibanLengths.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..2], out int length))
        {
            return false;
        }

        Span<char> letters = stackalloc char[length];
        int count = 0, at = 0;
        for (; at < text.Length && count < length; at++)
        {
            if (char.IsAsciiLetterUpper(text[at]) || char.IsAsciiDigit(text[at]))
            {
                letters[count++] = text[at];
            }
            else if (text[at] != ' ' || text[at - 1] == ' ')
            {
                return false;
            }
        }

        if (count < length || (at < text.Length && char.IsAsciiLetterOrDigit(text[at])))
        {
            return false;
        }

        int rest = 0;
        for (int i = 0; i < length; i++)
        {
            char c = letters[(i + 4) % length];
            rest = char.IsAsciiDigit(c) ? ((rest * 10) + c - '0') % 97 : ((rest * 100) + c - 'A' + 10) % 97;
        }

        return rest == 1;
    }

    [GeneratedRegex(@"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}(?![A-Za-z0-9-])", RegexOptions.CultureInvariant)]
    private static partial Regex EmailPattern();

    [GeneratedRegex(@"@(?:.*\.)?(?:example(?:\.com|\.net|\.org)?|test|invalid|localhost)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ReservedDomain();

    [GeneratedRegex(@"(?<![\w+.])\+[1-9](?:[ .()/-]{0,2}\d){7,14}(?!\d)|(?<![\w.+-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])", RegexOptions.CultureInvariant)]
    private static partial Regex PhonePattern();

    [GeneratedRegex(@"555[-. ]?01\d\d$", RegexOptions.CultureInvariant)]
    private static partial Regex FictionalNumber();

    [GeneratedRegex(@"(?<![\w.+-])\d(?:[ -]?\d){12,18}(?![\w-])", RegexOptions.CultureInvariant)]
    private static partial Regex CardPattern();

    [GeneratedRegex(@"(?<![A-Za-z0-9])[A-Z]{2}\d{2} ?[A-Z0-9]", RegexOptions.CultureInvariant)]
    private static partial Regex IbanPattern();
}
