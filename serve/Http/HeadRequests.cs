namespace Toolchain.Serve.Http;

/// <summary>Answers HEAD wherever GET is answered (RFC 9110, section 9.3.2): load balancers and <c>curl -I</c> ask that way whether a server is ready.</summary>
internal static class HeadRequests
{
    /// <summary>Lets HEAD go the way of GET; the web server itself leaves the body out.</summary>
    public static IApplicationBuilder UseHead(this IApplicationBuilder web) => web.Use(static (HttpContext http, RequestDelegate next) =>
    {
        if (HttpMethods.IsHead(http.Request.Method))
        {
            http.Request.Method = HttpMethods.Get;
        }

        return next(http);
    });
}
