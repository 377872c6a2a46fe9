using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace ModelOps.Core.Reporting.Html;

/// <summary>What every page of ours is: one file that needs nothing else, with a policy in it that forbids everything but the style and script that it holds.</summary>
internal static class HtmlPage
{
    private static readonly string s_style = Asset("report.css");

    /// <summary>The scripts of a page as one, so that one digest allows it.</summary>
    public static string Script(params ReadOnlySpan<string> assets)
    {
        var script = new StringBuilder("(() => {\n'use strict';\n");
        foreach (string asset in assets)
        {
            script.Append(Asset(asset));
        }

        return script.Append("})();\n").ToString();
    }

    /// <summary>The page as UTF-8 without a byte order mark.</summary>
    /// <param name="heading">Markup of the page's head: <c>h1</c> and what stands below it.</param>
    /// <param name="sections">Those that the content has become links.</param>
    public static byte[] Write(string title, HtmlWriter heading, IEnumerable<(string Id, string Title)> sections, string content, string script)
    {
        var html = new HtmlWriter();
        html.Write($"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Raw($"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{Hash(s_style)}'; script-src '{Hash(script)}'; base-uri 'none'; form-action 'none'\">\n");
        html.Write($"""<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">""");
        html.Write($"<title>{title}</title>\n<style>").Raw(s_style).Write($"</style>\n</head>\n<body>\n");
        html.Write($"""<a class="skip" href="#main">Skip to the content</a><header class="page"><div>""").Raw(heading.ToString()).Write($"</div>");
        html.Write($"""<button type="button" id="theme" class="theme" aria-label="Colours: as the system"></button></header><nav class="page" aria-label="Sections"><ul>""");
        foreach ((string id, string name) in sections.Where(s => content.Contains($"<section id=\"{s.Id}\"", StringComparison.Ordinal)))
        {
            html.Write($"""<li><a href="#{id}">{name}</a></li>""");
        }

        html.Write($"""</ul></nav><main id="main" tabindex="-1">""").Raw(content).Write($"""</main><footer class="page"><p class="small">Written by ModelOps. This page loads nothing.</p></footer>""");
        html.Write($"<script>").Raw(script).Write($"</script>\n</body>\n</html>\n");
        return Encoding.UTF8.GetBytes(html.ToString());
    }

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Asset(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"ModelOps.Core.Reporting.Assets.{name}")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
