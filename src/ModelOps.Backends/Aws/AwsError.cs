using System.Text;
using System.Text.Json;
using System.Xml;
using ModelOps.Backends.Trainers;

namespace ModelOps.Backends.Aws;

/// <summary>What a service of AWS says when it refuses: JSON with the code in a header, or S3's XML.</summary>
/// <param name="Code">For example <c>ValidationException</c>; empty for none.</param>
internal sealed record AwsError(string Code, string Message)
{
    private const string TypeHeader = "x-amzn-ErrorType";
    private const int Longest = 1 << 20;

    /// <summary>The signature's time is too far from the service's; or the signature is wrong, which a wrong time looks like to some services.</summary>
    public bool MayBeTime => Code is "RequestTimeTooSkewed" or "RequestExpired" or "InvalidSignatureException" or "SignatureDoesNotMatch";

    public static AwsError Read(HttpResponseMessage response, byte[] body)
    {
        string text = Encoding.UTF8.GetString(body);
        AwsError said = text.TrimStart('\uFEFF', ' ', '\r', '\n', '\t') is ['<', ..] ? FromXml(text) : FromJson(text);
        string? type = response.Headers.TryGetValues(TypeHeader, out IEnumerable<string>? values) ? values.First() : null;
        return said with { Code = Plain(type is { Length: > 0 } ? type : said.Code) };
    }

    /// <summary>An XML error of S3; a text that is none is its own message. Nothing outside the text is read: no document type, no entity, no address.</summary>
    internal static AwsError FromXml(string text)
    {
        string code = "", message = "";
        try
        {
            using var reader = XmlReader.Create(new StringReader(text.TrimStart('\uFEFF')), new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = Longest, IgnoreComments = true, IgnoreProcessingInstructions = true, IgnoreWhitespace = true,
            });
            reader.MoveToContent();
            bool more = reader.LocalName == "Error" && reader.Read();
            while (more)
            {
                switch (reader)
                {
                    case { NodeType: XmlNodeType.Element, Depth: 1, LocalName: "Code" }:
                        code = reader.ReadElementContentAsString();
                        break;
                    case { NodeType: XmlNodeType.Element, Depth: 1, LocalName: "Message" }:
                        message = reader.ReadElementContentAsString();
                        break;
                    case { NodeType: XmlNodeType.Element }:
                        reader.Skip();
                        break;
                    default:
                        more = reader.Read();
                        break;
                }
            }
        }
        catch (XmlException)
        {
            // Half an answer is an answer: what was read of it counts.
        }

        return new AwsError(code, message.Length > 0 ? message : code.Length > 0 ? "" : text);
    }

    private static AwsError FromJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            return new AwsError(root.Text("__type") ?? root.Text("code") ?? "", root.Text("message") ?? root.Text("Message") ?? text);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new AwsError("", text);
        }
    }

    // A type may come as "namespace#Type" and as "Type:address".
    private static string Plain(string type) => type[(type.LastIndexOf('#') + 1)..].Split(':')[0].Trim();
}
